package simulator

// cdlOf is the other ID of a TSG. The vendor's example of sites has one that begins with 9, as no TSG does.
func cdlOf(tsg string) string { return "9" + tsg[1:] }

// regionCodes are what the hierarchy calls the regions whose code is not their word.
var regionCodes = map[string]string{"americas": "us01", "europe": "eu01"}

// hierarchyOf is a TSG with all that is below it.
func (d *directory) hierarchyOf(tsg string) record {
	d.mu.RLock()
	defer d.mu.RUnlock()
	below := make(map[string][]string)
	for _, one := range d.groups {
		if parent := d.accounts[one].Parent; parent != "" {
			below[parent] = append(below[parent], one)
		}
	}
	return d.hierarchyNode(tsg, below)
}

func (d *directory) hierarchyNode(tsg string, below map[string][]string) record {
	a := d.accounts[tsg]
	node := record{
		"id": tsg, "cdlTenantId": cdlOf(tsg), "display_name": a.DisplayName, "license_activated": a.tenant != nil,
		"tenantLicenseType": "PA_ONLY", "vertical": "education",
	}
	if a.tenant != nil {
		code := regionCodes[a.tenant.Region]
		if code == "" {
			code = a.tenant.Region + "01"
		}
		node["region"] = []string{code}
	}
	children := []record{}
	for _, child := range below[tsg] {
		children = append(children, d.hierarchyNode(child, below))
	}
	node["children"] = children
	return node
}
