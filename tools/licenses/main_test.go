package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLicensesAreCurrent: what a release passes on is what its binary is made of.
func TestLicensesAreCurrent(t *testing.T) {
	want, err := render()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || string(got) != text {
			t.Errorf("%s is not what go.mod asks for (%v): run make docs", name, err)
		}
	}
}

// TestLicensesAreWhole looks at a few of which it is known what they ask for.
func TestLicensesAreWhole(t *testing.T) {
	for name, all := range map[string][]string{
		"THIRD_PARTY_LICENSES": {
			"github.com/prometheus/client_golang v", "Apache License", "golang.org/x/sys v", "Copyright 2009 The Go Authors", "Go's standard library", "Permission is hereby granted, free of charge",
			"github.com/beorn7/perks", "Blake Mizerany",
		},
		"NOTICE": {"not affiliated with", "github.com/prometheus/common v", "SoundCloud Ltd.", "Data model artifacts for Prometheus"},
	} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range all {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
}
