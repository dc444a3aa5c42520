package transport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// mostRefusalDepth is how deep an error may lie in what a server answers.
const mostRefusalDepth = 4

// refusalBody is what an answer other than 200 says of itself.
type refusalBody struct {
	code, message string
}

// codeMembers are where the code of an error stands: the API's own first, then
// those of OAuth2 (RFC 6749, section 5.2) and of other APIs of the vendor. All names
// are as byMemberName has them.
var codeMembers = []string{"errorcode", "code", "error", "errors"}

// outerMembers are what an error may lie in where it stands in the place of an
// answer.
var outerMembers = []string{"header", "status", "data"}

// readRefusalBody reads a body. Errors need not be JSON.
func readRefusalBody(b []byte) (r refusalBody) {
	var body any
	if json.Unmarshal(bytes.TrimPrefix(b, []byte(mark)), &body) == nil {
		if _, text := body.(string); !text {
			r.take(body, 0)
		}
	}
	r.code = insights.Code(r.code)
	return r
}

// take takes in an error: a code, an object that has one, or a list of such.
// The first code counts.
func (r *refusalBody) take(v any, depth int) {
	if depth > mostRefusalDepth {
		return
	}
	switch v := v.(type) {
	case string:
		r.code = cmp.Or(r.code, strings.TrimSpace(v))
	case float64:
		r.code = cmp.Or(r.code, strconv.FormatFloat(v, 'f', -1, 64))
	case []any:
		for _, one := range v {
			r.take(one, depth+1)
		}
	case map[string]any:
		v = byMemberName(v)
		for _, name := range codeMembers {
			r.take(v[name], depth+1)
		}
		for _, name := range outerMembers {
			if one := v[name]; isContainer(one) {
				r.take(one, depth+1)
			}
		}
		r.message = cmp.Or(r.message, messageOf(v))
	}
}

// byMemberName are the members of an object by their names without the differences
// between what documents, gateways and other APIs of the vendor write. Of two that
// are then the same, the first by name counts.
func byMemberName(object map[string]any) map[string]any {
	members := make(map[string]any, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		member := strings.ToLower(strings.ReplaceAll(name, "_", ""))
		if _, taken := members[member]; !taken {
			members[member] = object[name]
		}
	}
	return members
}

func isContainer(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// messageOf are the words of an error, with the details where it has some.
func messageOf(v map[string]any) string {
	message, _ := v["message"].(string)
	description, _ := v["errordescription"].(string)
	details, _ := v["details"].(string)
	return strings.TrimSpace(cmp.Or(message, description) + " " + details)
}
