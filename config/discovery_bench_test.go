package config

import (
	"fmt"
	"testing"
)

// BenchmarkDiscoveredTenants makes tenants of all groups of a listing. What it
// takes for one must not grow with their number.
func BenchmarkDiscoveredTenants(b *testing.B) {
	d := loadProvider(b, "  max_tenants: 10000\n  hierarchy: true\n  template: {name: '{{.DisplayName}}', labels: {customer: '{{.DisplayName}}'}}\n")
	for _, n := range []int{100, 1000, 10000} {
		groups := make([]Group, n)
		for i := range groups {
			groups[i] = Group{ID: fmt.Sprint(1000000001 + i), DisplayName: fmt.Sprint("Kunde Nr. ", i), Parent: "1000000000"}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if tenants, left := d.Tenants(groups, nil, nil); len(tenants) != n {
					b.Fatalf("%d tenants, left out %v", len(tenants), left)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/group")
		})
	}
}
