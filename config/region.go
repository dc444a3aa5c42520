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

// hostDomain is what the hosts of all regions end with.
const hostDomain = ".api.prismaaccess.com"

// hostPrefix is what the host of a region begins with.
func hostPrefix(region string) string {
	prefix := "pa-" + strings.TrimPrefix(region, "pa-")
	if last := prefix[len(prefix)-1]; last < '0' || last > '9' {
		prefix += "01"
	}
	return prefix
}

// isKnown reports whether a region is one that the vendor documents, in the
// form that the version has for it.
func (t *Tenant) isKnown() bool {
	v := t.Version()
	return slices.ContainsFunc(regions, func(r region) bool {
		return t.Region == r.name || v.RegionHeader != "" && t.Region == r.word || v.RegionHeader == "" && hostPrefix(t.Region) == hostPrefix(r.name)
	})
}

// checkRegion reports what is wrong with the tenant's region.
func (t *Tenant) checkRegion() error {
	if t.isKnown() {
		return nil
	}
	low := strings.ToLower(t.Region)
	for _, r := range regions {
		if low == r.name || low == r.word {
			return fmt.Errorf("%s: write %s", redact.Quote(t.Region), r.name)
		}
	}
	known := strings.Join(Regions(), ", ")
	switch headed := t.Version().RegionHeader != ""; {
	case headed && !wordForm.MatchString(t.Region):
		return fmt.Errorf("%s: use one of %s, or the vendor's name for another region", redact.Quote(t.Region), known)
	case !headed && !hostForm.MatchString(t.Region):
		return fmt.Errorf("%s: use one of %s, or the start of another region's host name, such as pa-ch01", redact.Quote(t.Region), known)
	}
	return nil
}

// doubtRegion says what is doubtful about the tenant's region: whether there is
// one of that name nobody knows.
func (t *Tenant) doubtRegion() error {
	if usable := t.checkRegion() == nil; t.isKnown() || !usable {
		return nil
	}
	known := strings.Join(Regions(), ", ")
	if header := t.Version().RegionHeader; header != "" {
		return fmt.Errorf("%s is not a known region (%s), so the exporter sends %s unchanged: if it is wrong, the API returns no data%s",
			redact.Quote(t.Region), known, header, meant(t.Region, regionWords()))
	}
	return fmt.Errorf("%s is not a known region (%s), so the exporter uses the host %s%s",
		redact.Quote(t.Region), known, hostPrefix(t.Region)+hostDomain, meant(t.Region, regionWords()))
}

// regionWords are all that regions are called.
func regionWords() []string {
	words := Regions()
	for _, r := range regions {
		words = append(words, r.word)
	}
	return words
}
