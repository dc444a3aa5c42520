// Package engine has tests that need Prometheus's and Alertmanager's own code:
// what is shipped in alerts/ is read, evaluated and routed by them.
package engine
