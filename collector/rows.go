package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// bytesPerKbit turns the API's kbit/s into bytes per second.
const bytesPerKbit = 1000.0 / 8

// secondsPerMillisecond turns the API's durations into seconds.
const secondsPerMillisecond = 1.0 / 1000

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// optional is an error that leaves the rest of a collector's resources alone:
// a tenant may lack a resource or a licence for it, and its credential a role,
// and that is no failure.
func optional(err error) error {
	if errors.Is(err, insights.ErrMissing) || errors.Is(err, insights.ErrUnlicensed) || insights.NotPermitted(err) {
		return nil
	}
	return err
}

// optionalColumn is optional for a query whose columns a tenant may lack too.
func optionalColumn(err error) error {
	if errors.Is(err, insights.ErrNoColumn) {
		return nil
	}
	return optional(err)
}

// part is optionalColumn for one of several resources that a collector has its
// figures from, each by itself: what the credential may not read any more leaves
// the others alone, too.
func part(err error) error {
	if errors.Is(err, errRoleTaken) {
		return nil
	}
	return optionalColumn(err)
}

// query asks for all rows of a resource.
func query[T any, P interface {
	*T
	insights.Row
}](ctx context.Context, api insights.API, q insights.Query) ([]P, insights.Answer, error) {
	var rows []P
	answer, err := api.Query(ctx, q, insights.Rows(&rows))
	if err != nil {
		return nil, answer, err
	}
	return rows, answer, nil
}

// unique sorts rows by their identity, which compare tells, and makes one row
// of those that have the same: merge takes the second into the first. Rows
// without an identity are dropped and counted under the field that lacks it.
// An answer in which no row has one is not an empty answer but a broken one.
func unique[T any](rows []*T, emit *Emitter, field string, identified func(*T) bool, compare func(a, b *T) int, merge func(kept, other *T)) ([]*T, error) {
	all := len(rows)
	sorted := slices.DeleteFunc(rows, func(row *T) bool {
		if !identified(row) {
			emit.Unknown(field)
		}
		return !identified(row)
	})
	if len(sorted) == 0 && all > 0 {
		return nil, fmt.Errorf("%w: none of its %d rows has a %s", insights.ErrMalformed, all, field)
	}
	slices.SortStableFunc(sorted, compare)
	kept := sorted[:0]
	for _, row := range sorted {
		if n := len(kept); n > 0 && compare(kept[n-1], row) == 0 {
			emit.Duplicate()
			merge(kept[n-1], row)
			continue
		}
		kept = append(kept, row)
	}
	return kept, nil
}

// newer returns the number of the row that counts: the later one's, where it
// has any.
func newer(kept, other insights.Number) insights.Number {
	if other.Valid {
		return other
	}
	return kept
}

// noData is what the API calls a location that it does not know.
const noData = "no_data"

// place is a location's name as a label.
func place(location string) string {
	if location == noData {
		return ""
	}
	return location
}

// The node types of labels.
const (
	remoteNetwork     = "remote_network"
	serviceConnection = "service_connection"
	mobileUsers       = "mobile_users"
	explicitProxy     = "explicit_proxy"
)

var nodeTypes = map[int]string{
	47:  "hub",
	48:  remoteNetwork,
	49:  mobileUsers,
	50:  "mobile_user_portal",
	51:  serviceConnection,
	153: explicitProxy,
}

// nodeType is the label for what kind of node a row is about: by its number,
// else by its name.
func nodeType(number insights.Number, name string) string {
	if n, ok := nodeTypes[int(number.Value)]; ok && number.Valid {
		return n
	}
	word := insights.LabelWord(name)
	switch word {
	case "":
		return "unknown"
	case "firewall/remote_network":
		return remoteNetwork
	}
	return word
}
