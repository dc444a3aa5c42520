// Package simulator is an Insights API that lives on loopback, in its versions 1.0, 2.0 and 3.0: tokens, the query
// language, the error bodies, the tenants below a provider, and tenants whose alerts, tunnels, users and traffic move
// with the clock. What the versions ask of a caller stands side by side in versions.go; what they answer comes from one
// and the same world.
//
// It is the other side of the wire. It is written from the API's description and shares no type with the client, so
// that client and simulator cannot be wrong in the same way. Everything that it answers is a function of a tenant's
// seed and of the clock, computed when it is asked for; what a person or a test does to a World lies on top of that.
package simulator
