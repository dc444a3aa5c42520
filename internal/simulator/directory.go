package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
)

// A Provider is a tenant service group (TSG) with nothing of its own but tenants below it.
type Provider struct {
	TSG         string
	DisplayName string
	// Parent is the TSG above it, if there is one.
	Parent string
	// ClientID is its service account, which may ask tokens for all below it; empty means "exporter@TSG.example.com".
	ClientID string
	// SecretFile, if given, always holds the active client secret.
	SecretFile string
}

// An account is a TSG and its service account.
type account struct {
	Provider
	secret *credential
	// tenant is what the TSG holds, or nil for a provider.
	tenant *tenant
}

// name is what calls for the TSG are counted under.
func (a *account) name() string {
	if a.tenant != nil {
		return a.tenant.ID
	}
	return a.TSG
}

// directory is who there is. Tenants come and go while it is asked.
type directory struct {
	clock   clock
	outlive bool

	mu      sync.RWMutex
	tenants map[string]*tenant
	order   []string
	// accounts are by TSG, clients by client ID; groups are the TSGs in the order in which they came.
	accounts map[string]*account
	clients  map[string]*account
	groups   []string
}

// fill takes in all that there is at the start, in any order.
func (d *directory) fill(tenants []Tenant, providers []Provider) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tenants, d.accounts, d.clients = make(map[string]*tenant), make(map[string]*account), make(map[string]*account)
	for _, p := range providers {
		if err := d.addAccount(p, nil); err != nil {
			return fmt.Errorf("provider %q: %w", p.TSG, err)
		}
	}
	for _, t := range tenants {
		if err := d.addTenant(t); err != nil {
			return err
		}
	}
	for _, tsg := range d.groups {
		if err := d.checkParents(tsg); err != nil {
			return err
		}
	}
	return nil
}

// add takes in one more tenant.
func (d *directory) add(t Tenant) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.Parent != "" && d.accounts[t.Parent] == nil {
		return fmt.Errorf("tenant %q: no TSG %q to belong to", t.ID, t.Parent)
	}
	return d.addTenant(t)
}

func (d *directory) addTenant(t Tenant) error {
	if d.tenants[t.ID] != nil || d.accounts[t.ID] != nil {
		return fmt.Errorf("tenant %q is there twice", t.ID)
	}
	made, err := newTenant(t, d.clock, d.outlive)
	if err == nil && t.TSG != "" {
		err = d.addAccount(Provider{t.TSG, t.DisplayName, t.Parent, t.ClientID, t.SecretFile}, made)
	}
	if err != nil {
		return fmt.Errorf("tenant %q: %w", t.ID, err)
	}
	d.tenants[t.ID] = made
	d.order = append(d.order, t.ID)
	return nil
}

// clientIDOf is the client ID of a service account that is not given one.
func clientIDOf(tsg string) string { return "exporter@" + tsg + ".example.com" }

var tsgForm = regexp.MustCompile(`^1[0-9]{9}$`)

func (d *directory) addAccount(p Provider, t *tenant) error {
	p.ClientID = cmp.Or(p.ClientID, clientIDOf(p.TSG))
	switch {
	case !tsgForm.MatchString(p.TSG):
		return fmt.Errorf("the TSG %q is not ten digits from 1 on", p.TSG)
	case d.accounts[p.TSG] != nil, d.tenants[p.TSG] != nil:
		return fmt.Errorf("the TSG %q is there twice", p.TSG)
	case d.clients[p.ClientID] != nil:
		return fmt.Errorf("the client ID %q is there twice", p.ClientID)
	}
	a := &account{Provider: p, tenant: t, secret: &credential{clock: d.clock, file: p.SecretFile, outlive: d.outlive}}
	if err := a.secret.begin(""); err != nil {
		return err
	}
	d.accounts[p.TSG], d.clients[p.ClientID] = a, a
	d.groups = append(d.groups, p.TSG)
	return nil
}

// checkParents follows a TSG up to its root.
func (d *directory) checkParents(tsg string) error {
	at := d.accounts[tsg]
	for range d.groups {
		if at.Parent == "" {
			return nil
		}
		above := d.accounts[at.Parent]
		if above == nil {
			return fmt.Errorf("the TSG %q belongs to %q, which is not there", at.TSG, at.Parent)
		}
		at = above
	}
	return fmt.Errorf("the TSG %q is below itself", tsg)
}

// remove takes a tenant out; its tokens die with it.
func (d *directory) remove(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[id]
	if t == nil {
		return fmt.Errorf("no tenant %q", id)
	}
	if a := d.accounts[t.TSG]; a != nil {
		if slices.ContainsFunc(d.groups, func(tsg string) bool { return d.accounts[tsg].Parent == t.TSG }) {
			return errors.New("there are tenants below it")
		}
		delete(d.accounts, t.TSG)
		delete(d.clients, a.ClientID)
		d.groups = slices.DeleteFunc(d.groups, func(tsg string) bool { return tsg == t.TSG })
	}
	delete(d.tenants, id)
	d.order = slices.DeleteFunc(d.order, func(other string) bool { return other == id })
	return nil
}

// tenant is the tenant of an ID, or nil.
func (d *directory) tenant(id string) *tenant {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tenants[id]
}

// tenantOf is the tenant of an ID or of a TSG, or nil.
func (d *directory) tenantOf(name string) *tenant {
	if a := d.account(name); a != nil {
		return a.tenant
	}
	return d.tenant(name)
}

// account is the service account of a TSG, or nil.
func (d *directory) account(tsg string) *account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.accounts[tsg]
}

func (d *directory) client(id string) *account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.clients[id]
}

// nameOf is what an ID or a TSG is counted under, or empty if there is no such thing.
func (d *directory) nameOf(name string) string {
	if a := d.account(name); a != nil {
		return a.name()
	}
	if d.tenant(name) != nil {
		return name
	}
	return ""
}

// hasGroups tells whether anybody here has a TSG.
func (d *directory) hasGroups() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.groups) > 0
}

// reaches tells whether an account may act for a TSG: its own or one below it.
func (d *directory) reaches(a *account, tsg string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for at := d.accounts[tsg]; at != nil; at = d.accounts[at.Parent] {
		if at == a {
			return true
		}
	}
	return false
}

// providers are the accounts that hold no tenant.
func (d *directory) providers() []*account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var all []*account
	for _, tsg := range d.groups {
		if a := d.accounts[tsg]; a.tenant == nil {
			all = append(all, a)
		}
	}
	return all
}

func (d *directory) tenantIDs() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.order)
}
