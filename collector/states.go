package collector

import (
	"strconv"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// state is a place in the States of a metric, from the best to the worst, so
// that of two rows about the same thing the greater is to be believed.
type state int

// noState is the state of a row that tells none.
const noState state = -1

// stateSet is the words of one kind of state and the numbers that a resource
// has for them. Numbers are not the same from one resource to the next.
type stateSet struct {
	names    []string // as in the metric's States
	byNumber map[int]string
}

// of reads a state by its name where the row has one, else by its number.
// known is false for a word or number that the set does not have, which is
// the state "unknown" and never a healthy one.
func (s stateSet) of(name string, number insights.Number) (st state, known bool) {
	if v, err := strconv.ParseFloat(strings.TrimSpace(name), 64); err == nil { // a number in quotes is a number
		name, number = "", insights.Number{Value: v, Valid: true}
	}
	switch {
	case name != "":
		return s.named(name)
	case !number.Valid:
		return noState, true
	}
	n := int(number.Value)
	word, ok := s.byNumber[n]
	if !ok || float64(n) != number.Value {
		st, _ = s.named("unknown")
		return st, false
	}
	return s.named(word)
}

func (s stateSet) named(name string) (st state, known bool) {
	word := insights.LabelWord(name)
	var unknown state
	for i, n := range s.names {
		if n == word {
			return state(i), true
		}
		if n == "unknown" {
			unknown = state(i)
		}
	}
	return unknown, false
}

// state reads a state of a row and counts one that is not known.
func (e *Emitter) state(set stateSet, field, name string, number insights.Number) state {
	st, known := set.of(name, number)
	if !known {
		e.Unknown(field)
	}
	return st
}

// The states, from the best to the worst.
var (
	siteStateNames     = []string{"up", "unknown", "warning", "down"}
	instanceStateNames = []string{"up", "unknown", "inactive", "down"}
	tunnelStateNames   = []string{"up", "unknown", "init", "inactive", "down"}
	monitorStateNames  = []string{"up", "not_configured", "unknown", "down"}
)

// The numbers of the API's tables, for rows without a name.
var (
	remoteNetworkStates = stateSet{siteStateNames, map[int]string{0: "down", 1: "up", 2: "warning"}}
	// Service connections have been seen to use 2 and 3 with these names,
	// against the API's own table.
	serviceConnectionStates = stateSet{siteStateNames, map[int]string{2: "up", 3: "down"}}
	// Of locations, 2 is a warning where it is Inactive for other instances.
	locationStates = stateSet{siteStateNames, map[int]string{0: "down", 1: "up", 2: "warning"}}
	// The words alone tell how BGP is.
	bgpStates      = stateSet{names: siteStateNames}
	instanceStates = stateSet{instanceStateNames, map[int]string{0: "down", 1: "up", 2: "inactive"}}
	tunnelStates   = stateSet{tunnelStateNames, map[int]string{0: "init", 1: "up", 2: "inactive", 3: "down"}}
	monitorStates  = stateSet{monitorStateNames, map[int]string{0: "down", 1: "up", 2: "not_configured"}}
)
