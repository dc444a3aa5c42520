package client

import (
	"context"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// Hierarchy lists the client's own Tenant Service Group and all below it as
// Aggregate Monitoring knows them: with both of their IDs and their regions. It
// is the vendor's own advice for finding a tenant's region. Errors are of type
// *insights.Error.
func (c *Client) Hierarchy(ctx context.Context) ([]config.Group, error) {
	var roots []*node
	_, err := c.Scope("").Query(ctx, insights.Query{Resource: insights.Hierarchy, Urgency: insights.Health}, insights.Rows(&roots))
	if err != nil {
		return nil, err
	}
	return appendNodes(nil, roots), nil
}

// node is a group of the hierarchy with those below it. The root is documented
// as one object; clients handle a list of them, and one under "items".
type node struct {
	id, cdl, name   insights.Scalar
	regions         insights.Texts
	children, items []*node
}

// Column implements insights.Row.
func (n *node) Column(name string) any {
	switch name {
	case "id":
		return &n.id
	case "cdlTenantId":
		return &n.cdl
	case "display_name":
		return &n.name
	case "region":
		return &n.regions
	case "children":
		return insights.Rows(&n.children)
	case "items":
		return insights.Rows(&n.items)
	}
	return nil
}

func appendNodes(groups []config.Group, nodes []*node) []config.Group {
	for _, n := range nodes {
		if id := n.id.String(); id != "" {
			g := config.Group{ID: id, DisplayName: n.name.Text, CDL: n.cdl.String()}
			// A tenant is in one region; the documents allow for a set.
			for _, code := range n.regions {
				if g.Region = config.RegionNamed(code); g.Region != "" {
					break
				}
			}
			groups = append(groups, g)
		}
		groups = appendNodes(appendNodes(groups, n.children), n.items)
	}
	return groups
}
