package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// region is a region as the vendor's Insights documentation lists it: by what
// stands in host names and here in configurations, and by the word of the
// region header. It is that of the tenant's Cortex Data Lake.
type region struct{ name, word string }

var regions = []region{
	{"us", "americas"},
	{"eu", "europe"},
	{"uk", "uk"},
	{"sg", "sg"},
	{"ca", "ca"},
	{"jp", "jp"},
	{"au", "au"},
	{"de", "de"},
	{"in", "in"},
}

// Regions are the names of the regions that are known. There are others: the
// vendor opens new ones, and lists more for its neighbouring APIs.
func Regions() []string {
	names := make([]string, len(regions))
	for i, r := range regions {
		names[i] = r.name
	}
	return names
}

var (
	// hostForm is that of a region whose host is not documented: a country, or
	// what a host name begins with, such as "ch" and "pa-ch02".
	hostForm = regexp.MustCompile(`^(pa-)?[a-z]{2,20}[0-9]{0,3}$`)
	// wordForm is that of a word in a header.
	wordForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
)

// hostPrefix is what the host of a region begins with.
func hostPrefix(region string) string {
	prefix := "pa-" + strings.TrimPrefix(region, "pa-")
	if last := prefix[len(prefix)-1]; last < '0' || last > '9' {
		prefix += "01"
	}
	return prefix
}

// checkRegion reports what is wrong with the tenant's region, or else what is
// doubtful about it.
func (t *Tenant) checkRegion() (doubt, err error) {
	v := t.Version()
	low := strings.ToLower(t.Region)
	for _, r := range regions {
		switch {
		case t.Region == r.name, t.Region == r.word && v.RegionHeader != "":
			return nil, nil
		case low == r.name, low == r.word:
			return nil, fmt.Errorf("%s: write %s", redact.Quote(t.Region), r.name)
		}
	}
	known := strings.Join(Regions(), ", ")
	if v.RegionHeader != "" {
		if !wordForm.MatchString(t.Region) {
			return nil, fmt.Errorf("%s: use one of %s, or the word that the vendor has for another", redact.Quote(t.Region), known)
		}
		return fmt.Errorf("%s is not one that is known (%s), so %s is sent as it is: where it is wrong, the API answers with nothing%s",
			redact.Quote(t.Region), known, v.RegionHeader, meant(t.Region, regionWords())), nil
	}
	if !hostForm.MatchString(t.Region) {
		return nil, fmt.Errorf("%s: use one of %s, or what the name of another region's host begins with, such as pa-ch01", redact.Quote(t.Region), known)
	}
	if slices.ContainsFunc(regions, func(r region) bool { return hostPrefix(r.name) == hostPrefix(t.Region) }) {
		return nil, nil
	}
	return fmt.Errorf("%s is not one that is known (%s), so the host is taken to be %s%s",
		redact.Quote(t.Region), known, strings.TrimPrefix(t.Endpoint(), "https://"), meant(t.Region, regionWords())), nil
}

// regionWords are all that regions are called.
func regionWords() []string {
	words := Regions()
	for _, r := range regions {
		words = append(words, r.word)
	}
	return words
}
