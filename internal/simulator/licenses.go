package simulator

import (
	"net/http"
	"time"
)

// A claim is an element of the list of licences.
type claim struct {
	App      string    `json:"app_id"`
	At       string    `json:"claim_at"`
	By       string    `json:"claim_by"`
	ID       any       `json:"license_id"`
	Licenses []license `json:"licenses"`
}

type license struct {
	App       string `json:"app_id"`
	Type      string `json:"license_type"`
	Expires   string `json:"license_expiration"`
	Purchased int    `json:"purchased_size"`
	Remaining *int   `json:"remaining_size"`
}

// listLicenses answers with the licences of a tenant, in a list without an envelope. One ended long ago, and is listed
// beside the one that renewed it; one ends within the month, whenever somebody looks; one is nearly all allocated.
func listLicenses(w *World, _ *http.Request, _ []byte) (any, *refusal) {
	day := w.clock.now().UTC().Truncate(24 * time.Hour)
	made := func(id any, kind string, days, size, left int) claim {
		l := license{App: "prisma_access_edition", Type: kind, Expires: day.AddDate(0, 0, days).Add(2 * time.Hour).Format(time.DateTime), Purchased: size}
		if left >= 0 {
			l.Remaining = &left
		}
		return claim{App: "prisma_access", At: day.AddDate(-1, 0, 0).Format("2006-01-02 15:04:05-07:00"), By: "buyer@example.com", ID: id, Licenses: []license{l}}
	}
	users := max(200, len(w.users)*5/4)
	return []claim{
		made("100000001", "EXAMPLE-MU-OLD", -800, users, 0),
		made("100000002", "EXAMPLE-MU", 300, users, users/5),
		made(100000003, "EXAMPLE-RN", 300, 5000, 100),
		made("100000004", "EXAMPLE-ADEM", 20, users, -1),
	}, nil
}

// quotaOf is what a tenant may use of each product. The unit of the times is not documented: another host has seconds,
// and 0 for a licence without an end.
func quotaOf(t *tenant, _ *monitorQuery, at time.Time) []record {
	day := at.UTC().Truncate(24 * time.Hour)
	quota := func(units int, unit string, end int64) record {
		return record{"license_units": units, "license_allocated_unit": unit, "issue_ts": day.AddDate(-1, 0, 0).Unix(), "expiry_ts": end, "sku": "EXAMPLE"}
	}
	return []record{{
		"tsg_id": t.TSG, "sub_tenant_id": cdlOf(t.TSG), "support": record{"cdl_tenant_id": cdlOf(t.TSG)},
		"licenseDetails": record{
			"MU": quota(200, "", day.AddDate(0, 0, 300).Unix()), "RN": quota(5000, "Mbps", day.AddDate(0, 0, 20).Unix()), "CDL": quota(1, "", 0),
		},
	}}
}
