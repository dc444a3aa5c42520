package simulator

import "fmt"

// DemoTenant is the ID of the demo's tenant.
const DemoTenant = "demo"

// DemoSize is a mid-size company.
var DemoSize = Size{Locations: 12, RemoteNetworks: 24, ServiceConnections: 4, Tunnels: 50, Users: 210, Alerts: 4}

// Demo is a preset: one tenant of DemoSize, in which something happens about every minute.
func Demo() Options {
	return Options{Tenants: []Tenant{{ID: DemoTenant, Size: DemoSize}}}
}

// Fleet is n tenants of one size, called tenant-0001 and so on. It costs little: worlds are built when they are asked for.
func Fleet(n int, size Size) []Tenant {
	fleet := make([]Tenant, n)
	for i := range fleet {
		fleet[i] = Tenant{ID: fmt.Sprintf("tenant-%04d", i+1), Size: size}
	}
	return fleet
}
