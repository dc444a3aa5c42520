package stack

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// oldest are the versions, major and minor, that the demo takes from the PATH:
// with older ones the rules and the route were never tried.
var oldest = map[string][2]int{"prometheus": {3, 0}, "alertmanager": {0, 27}}

var versionLine = regexp.MustCompile(`, version v?(\d+)\.(\d+)(\.\S+)? `)

// Installed finds prometheus or alertmanager in the PATH. Found says in words
// what it is, or why it does not serve; then path is empty.
func Installed(ctx context.Context, name string) (path, found string) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", "no " + name + " in the PATH"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	m := versionLine.FindSubmatch(out)
	if err != nil || m == nil {
		return "", fmt.Sprintf("%s does not print its version", path)
	}
	major, _ := strconv.Atoi(string(m[1])) // both are digits
	minor, _ := strconv.Atoi(string(m[2]))
	least := oldest[name]
	if major < least[0] || major == least[0] && minor < least[1] {
		return "", fmt.Sprintf("%s is version %d.%d, older than %d.%d", path, major, minor, least[0], least[1])
	}
	return path, fmt.Sprintf("%s, version %s.%s%s", path, m[1], m[2], m[3])
}
