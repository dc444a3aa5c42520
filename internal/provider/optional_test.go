package provider

import (
	"testing"
	"testing/synctest"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// TestUpgrades: the next start of each, whatever a hostile answer adds, and none
// moves its child.
func TestUpgrades(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		upgrade := func(id, at any, status string) map[string]any {
			return map[string]any{
				"sub_tenant_id": id, "current_version": "PANOS-1", "upgrade_version": "PANOS-2", "upgrade_type": "full-upgrade", "upgrade_ts": at, "status": status,
			}
		}
		b.script("aggregate_upgrades americas", answer{rows: rows{
			upgrade("1000000001", "1800000000000-1800014400000", "Scheduled"), upgrade("1000000001", 1700000000000, "scheduled"),
			upgrade("1000000001", "1900000000000", "scheduled"), upgrade("1000000001", "1600000000000", "In Progress"),
			upgrade(9000000002, "2026-11-28T02:00:00Z", "completed"),
			upgrade("1000000002", "soon", "failed"), upgrade("1000000002", -1, "failed"), upgrade("1000000002", 1700000000, "failed"), upgrade("1000000777", 1700000000000, "failed"),
		}})
		const of = `prisma_access_provider_upgrade_timestamp_seconds{provider="msp",child=`
		const version = `,data_region="americas",current_version="PANOS-1",version="PANOS-2",upgrade_type="full-upgrade",state=`
		b.want("upgrades", []string{
			of + `"acme"` + version + `"scheduled"} 1700000000`, of + `"acme"` + version + `"in_progress"} 1600000000`, of + `"globex"` + version + `"completed"} 1795831200`,
			`prisma_access_provider_unmatched_rows{provider="msp",call="upgrades",data_region="americas"} 1`,
		}, `state="failed"`)
		b.script("aggregate_upgrades americas", answer{rows: rows{upgrade("1000000001", "1800000000000", "Completed"), upgrade("1000000002", "1800000000000", "Completed")}})
		for range 11 {
			b.page()
			if moved := b.moved(); moved != nil {
				t.Errorf("upgrades move %v", moved)
			}
		}
		b.want("the night after", []string{of + `"globex"` + version + `"completed"} 1800000000`}, `state="scheduled"`)
	})
}

// TestLicenses: units and ends by product, in seconds or milliseconds. What is no
// number of units and no instant has no series.
func TestLicenses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		of := func(units, end int) map[string]any {
			return map[string]any{"license_units": units, "license_allocated_unit": "Mbps", "expiry_ts": end}
		}
		b.script("aggregate_licenses americas", answer{rows: rows{
			{"tsg_id": "1000000001", "sub_tenant_id": "of another kind", "licenseDetails": map[string]any{"MU": of(200, 1_800_000_000), "RN": of(5000, 1_800_000_001_000), "CDL": of(1, 0)}},
			{"tsg_id": "1000000001", "licenseDetails": map[string]any{"MU": of(7, 1)}},
			{"sub_tenant_id": "9000000002", "licenseDetails": map[string]any{"MU": of(-1, -1_800_000_000), "RN": of(0, 1<<62), "CDL": of(3, 200_000_000_000)}},
		}})
		const end = `prisma_access_provider_license_expiry_timestamp_seconds{provider="msp",child="acme",data_region="americas",product=`
		const units = `prisma_access_provider_license_units{provider="msp",child=`
		b.want("licences", []string{
			end + `"MU"} 1800000000`, end + `"RN"} 1800000001`, units + `"acme",data_region="americas",product="MU",unit="Mbps"} 200`, units + `"acme",data_region="americas",product="CDL",unit="Mbps"} 1`,
			units + `"globex",data_region="americas",product="RN",unit="Mbps"} 0`, units + `"globex",data_region="americas",product="CDL",unit="Mbps"} 3`,
		}, end+`"CDL"`, `expiry_timestamp_seconds{provider="msp",child="globex"`, `product="MU",unit="Mbps"} -1`)
	})
}

// TestWhatIsOptional may be refused to one who has all else, but once it was
// answered a refusal is a failure, as any other error is.
func TestWhatIsOptional(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		const success = `prisma_access_provider_scrape_call_success{provider="msp",call="upgrades",data_region="americas"} `
		for kind, want := range map[error]string{insights.ErrForbidden: "1", insights.ErrRefused: "1", insights.ErrMissing: "1", insights.ErrUnavailable: "0"} {
			b.script("aggregate_upgrades americas", answer{err: &insights.Error{Kind: kind}})
			for range 11 {
				b.page()
			}
			b.want(kind.Error(), []string{success + want})
		}
		b.script("aggregate_upgrades americas", answer{rows: rows{}}, answer{err: &insights.Error{Kind: insights.ErrForbidden}})
		for range 25 {
			b.page()
		}
		b.want("refused after an answer", []string{success + "0"})
	})
}
