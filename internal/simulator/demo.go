package simulator

import "fmt"

// The demo's tenant, by which each version knows it: 1.0 by its ID, 2.0 and 3.0 by its TSG.
const (
	DemoTenant = "demo"
	DemoTSG    = "1000000001"
)

// DemoSize is a mid-size company.
var DemoSize = Size{Locations: 12, RemoteNetworks: 24, ServiceConnections: 4, Tunnels: 50, Users: 210, Alerts: 4}

// Demo is a preset: one tenant of DemoSize, in which something happens about every minute. It is on all versions.
func Demo() Options {
	demo := Fleet(1, DemoSize)
	demo[0].ID = DemoTenant
	return Options{Tenants: demo}
}

// Fleet is n tenants of one size, called tenant-0001 with the TSG 1000000001 and so on. It costs little: worlds are built
// when they are asked for.
func Fleet(n int, size Size) []Tenant {
	fleet := make([]Tenant, n)
	for i := range fleet {
		tsg := fmt.Sprintf("1%09d", i+1)
		fleet[i] = Tenant{
			ID: fmt.Sprintf("tenant-%04d", i+1), TSG: tsg, ClientID: clientIDOf(tsg), Region: regions[0], Size: size,
		}
	}
	return fleet
}
