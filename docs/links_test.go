package docs_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`^#{1,6} +(.+?) *#*$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N}\p{M}\- _]`)
	linked  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// TestLinks finds links between the files of the project that lead nowhere.
func TestLinks(t *testing.T) {
	n := 0
	for _, file := range files(t, func(path string) bool { return strings.HasSuffix(path, ".md") }) {
		for line := range strings.Lines(prose(read(t, file))) {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if strings.Contains(m[1], ":") { // https:, mailto:
					continue
				}
				n++
				if err := follow(t, file, m[1]); err != nil {
					t.Errorf("%s: link %s: %v", file, m[1], err)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no links found, which cannot be right")
	}
}

// follow looks for what a link leads to.
func follow(t *testing.T, from, to string) error {
	t.Helper()
	file, anchor, _ := strings.Cut(to, "#")
	target := from
	if file != "" {
		target = path.Join(path.Dir(from), file)
	}
	if strings.HasPrefix(target, "..") || path.IsAbs(file) {
		return fmt.Errorf("it leads out of the project")
	}
	info, err := os.Stat(filepath.Join(root, target))
	if err != nil {
		return fmt.Errorf("there is no %s", target)
	}
	if anchor == "" {
		return nil
	}
	if info.IsDir() || !strings.HasSuffix(target, ".md") {
		return fmt.Errorf("%s has no headings", target)
	}
	if !anchors(read(t, target))[anchor] {
		return fmt.Errorf("%s has no heading of that name", target)
	}
	return nil
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	count := map[string]int{}
	for line := range strings.Lines(prose(text)) {
		m := heading.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		name := linked.ReplaceAllString(strings.ToLower(m[1]), "$1")
		name = strings.ReplaceAll(notSlug.ReplaceAllString(name, ""), " ", "-")
		if count[name]++; count[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, count[name]-1)
		}
		found[name] = true
	}
	return found
}

// prose is a page without its code blocks, in which a # is no heading.
func prose(text string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
			continue
		}
		if !code {
			b.WriteString(line)
		}
	}
	return b.String()
}
