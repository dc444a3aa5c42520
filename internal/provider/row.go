package provider

import "github.com/prisma-exporter/prisma_exporter/insights"

// row is a row of any of the calls.
type row struct {
	group, id, node                insights.Scalar
	state, status                  string
	count, gateways                insights.Number
	total, mobile, remote, service insights.Number
	critical, warning              insights.Number

	current, version, kind string
	at                     insights.Scalar
	licenses               licenseDetails
}

// identity is what tells a row from others of an answer.
type identity struct{ group, node, state, status, current, version, kind, at string }

func (r *row) identity(group string) identity {
	return identity{group, r.node.String(), r.state, r.status, r.current, r.version, r.kind, r.at.String()}
}

// Column implements insights.Row.
func (r *row) Column(name string) any {
	switch name {
	case "tsg_id":
		return &r.group
	case "sub_tenant_id":
		return &r.id
	case "node_type":
		return &r.node
	case "site_state_name":
		return &r.state
	case "status":
		return &r.status
	case "count":
		return &r.count
	case "gateway_count":
		return &r.gateways
	case "total_count":
		return &r.total
	case "mu_count":
		return &r.mobile
	case "rn_count":
		return &r.remote
	case "sc_count":
		return &r.service
	case "critical_count":
		return &r.critical
	case "warning_count":
		return &r.warning
	case "licenseDetails":
		return &r.licenses
	}
	return r.upgrade(name)
}

// upgrade is Column for the columns of an upgrade.
func (r *row) upgrade(name string) any {
	switch name {
	case "current_version":
		return &r.current
	case "upgrade_version":
		return &r.version
	case "upgrade_type":
		return &r.kind
	case "upgrade_ts":
		return &r.at
	}
	return nil
}
