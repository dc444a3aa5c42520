// Package simulation runs the whole exporter in simulated time against a simulated Insights API that misbehaves, and
// checks what has to hold always. A seed makes a scenario; one that breaks something is made smaller until a person can
// read it, and stays in testdata.
//
// There is no network and no waiting: a testing/synctest bubble makes an hour some CPU seconds. What reads from files
// reads from real ones, which take no simulated time.
//
//   - scenario: what happens, as YAML; Generate makes one of a seed
//   - world: the bubble with the exporter (house), its network and the acts
//   - troubles: whom an act can hurt, and until when
//   - invariants: what has to hold, page by page and at the end
//   - audience: who looks on, such as the drill of rules and pages
//   - child, shrink, watchdog: one scenario a process, so that a deadlock or a panic is a result as well
package simulation
