package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// BenchmarkDecode reads an answer of 10,000 alerts: the client's decoder, and
// encoding/json into the same columns.
func BenchmarkDecode(b *testing.B) {
	body := alertsAnswer(10000)
	b.Run("client", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var rows []*benchRow
			if e, err := Decode(body, insights.MaxRows, insights.Rows(&rows), insights.Clean); err != nil || e.Rows != 10000 || rows[9999].primary.site != "branch-9999" {
				b.Fatalf("%+v, %v", e, err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := decodePlainly(body); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// decodePlainly is what one would write with encoding/json.
func decodePlainly(body []byte) error {
	type objects struct {
		Site   string `json:"site_name"`
		Tunnel string `json:"tunnel_name"`
	}
	var answer struct {
		Data []struct {
			ID       string  `json:"alert_id"`
			Severity string  `json:"severity"`
			Message  string  `json:"Alert_Name"`
			Category string  `json:"category"`
			Code     string  `json:"code"`
			State    string  `json:"state"`
			Raised   float64 `json:"raised_time"`
			Updated  float64 `json:"updated_time"`
			Primary  string  `json:"Primary_Impacted_Objects"`
			Related  string  `json:"related_objects"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	for _, row := range answer.Data {
		var primary, related objects
		if err := json.Unmarshal([]byte(row.Primary), &primary); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(row.Related), &related); err != nil {
			return err
		}
	}
	return nil
}

// benchRow is a row of alerts.
type benchRow struct {
	id, severity, message, category, code, state string
	raised, updated                              insights.Time
	primary, related                             benchObjects
}

type benchObjects struct{ site, tunnel string }

func (r *benchRow) Column(name string) any {
	switch name {
	case "alert_id":
		return &r.id
	case "severity":
		return &r.severity
	case "Alert_Name":
		return &r.message
	case "category":
		return &r.category
	case "code":
		return &r.code
	case "state":
		return &r.state
	case "raised_time":
		return &r.raised
	case "updated_time":
		return &r.updated
	case "Primary_Impacted_Objects":
		return &r.primary
	case "related_objects":
		return &r.related
	}
	return nil
}

func (o *benchObjects) Column(name string) any {
	switch name {
	case "site_name":
		return &o.site
	case "tunnel_name":
		return &o.tunnel
	}
	return nil
}

func alertsAnswer(rows int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"header":{"dataCount":%d,"requestId":"8d730b93"},"data":[`, rows)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"alert_id":"%08x-72ab-42be-95db-213d8c2c0000","severity":"High","Alert_Name":"All tunnels of site %[1]d are down","raised_time":%d,"updated_time":1795000000000,"state":"Raised","category":"RN","code":"AL_RN_SITE_DOWN","Primary_Impacted_Objects":"{\"tenant_id\":\"1\",\"location\":null,\"site_name\":\"branch-%[1]d\",\"tunnel_name\":null}","related_objects":"{\"location\":\"US East\",\"source_ip_address\":\"192.0.2.1\",\"user\":null}"}`, i, 1795000000000+i)
	}
	b.WriteString("]}")
	return []byte(b.String())
}
