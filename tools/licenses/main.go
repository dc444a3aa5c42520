// Command licenses writes the licences and notices of whatever the exporter's
// binary is made of, on any platform that is released.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:generate go run .

// root is where the files go, seen from this directory, in which go generate
// and go test run.
const root = "../.."

// systems are those whose modules are looked for. The architecture makes no
// difference.
var systems = []string{"linux", "darwin", "windows", "freebsd"}

// module is one that the binary has code of.
type module struct{ Path, Version, Dir string }

func main() {
	files, err := render()
	if err == nil {
		for name, text := range files {
			err = errors.Join(err, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// render returns the files by name.
func render() (map[string]string, error) {
	modules, err := modules()
	if err != nil {
		return nil, err
	}
	licenses, err := texts(modules, regexp.MustCompile(`(?i)^(licen[cs]e|copying)([.-].*)?$`))
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		if len(licenses[m]) == 0 {
			return nil, fmt.Errorf("%s has no licence in %s: look what its terms are", m.Path, m.Dir)
		}
	}
	notices, err := texts(modules, regexp.MustCompile(`(?i)^notice([.-].*)?$`))
	if err != nil {
		return nil, err
	}
	return map[string]string{"THIRD_PARTY_LICENSES": document(licensesHead, modules, licenses), "NOTICE": document(noticeHead, modules, notices)}, nil
}

// modules are all whose code may be in a binary, by path, and Go's own library.
func modules() ([]module, error) {
	found := map[module]bool{}
	for _, system := range systems {
		cmd := exec.CommandContext(context.Background(), "go", "list", "-deps", "-json=Module", ".")
		cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0"), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Module *struct {
					module
					Main bool
				}
				Standard bool
				Root     string
			}
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			if p.Module != nil && !p.Module.Main {
				found[p.Module.module] = true
			}
		}
	}
	all := slices.SortedFunc(maps.Keys(found), func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	for _, m := range all {
		if m.Path == "golang.org/x/sys" {
			// Its licence is Go's own, which not every installation of Go has
			// beside the library. The version is that of the toolchain.
			return append(all, module{Path: "Go's standard library and runtime", Dir: m.Dir}), nil
		}
	}
	return nil, errors.New("no module has Go's own licence any more: find another source of it")
}

// texts are those files of modules whose names are wanted.
func texts(modules []module, wanted *regexp.Regexp) (map[module][]string, error) {
	all := map[module][]string{}
	for _, m := range modules {
		entries, err := os.ReadDir(m.Dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() || !wanted.MatchString(e.Name()) {
				continue
			}
			b, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
			if err != nil {
				return nil, err
			}
			all[m] = append(all[m], strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n")))
		}
	}
	return all, nil
}

// document is a head and then each text once, below the modules that have it.
func document(head string, modules []module, texts map[module][]string) string {
	var order []string
	owners := map[string][]string{}
	for _, m := range modules {
		for _, text := range texts[m] {
			if owners[text] == nil {
				order = append(order, text)
			}
			owners[text] = append(owners[text], strings.TrimSpace(m.Path+" "+m.Version))
		}
	}
	var b strings.Builder
	b.WriteString(head)
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 78), strings.Join(owners[text], "\n"), text)
	}
	return b.String()
}

const licensesHead = `The binary of prisma_exporter contains code of these projects, under these
licences. Made by ` + "`make docs`" + ` from the modules of go.mod; do not edit.
`

const noticeHead = `prisma_exporter
Copyright 2026 The prisma_exporter Authors

Prisma Access and Palo Alto Networks are trademarks of Palo Alto Networks, Inc.
This project is not affiliated with, endorsed by or supported by that company.

The binary contains code of other projects, whose licences are in
THIRD_PARTY_LICENSES. Those that ask for their notice to be passed on are below.
Made by ` + "`make docs`" + ` from the modules of go.mod; do not edit.
`
