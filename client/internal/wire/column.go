package wire

import "github.com/prisma-exporter/prisma_exporter/insights"

// column is a member that a row has in one place.
type column struct {
	name   string
	filled bool // in at least one row
}

// column reads a member of a row. An error in the place of a row is an error of
// the answer.
func (d *decoder) column(e *Envelope, row insights.Row, place int, name []byte) {
	column := d.name(place, name)
	target := row.Column(column)
	if target == nil {
		d.errorMember(e, column, d.json.value())
		return
	}
	how := d.value(d.json.value(), target)
	d.note(column, how)
	if how == filled && place < len(d.places) {
		d.places[place].filled = true
	}
}

// name returns a column's name, which stood in this place of the row before.
func (d *decoder) name(place int, name []byte) string {
	if place < len(d.places) {
		if p := &d.places[place]; p.name != string(name) {
			d.keep(*p)
			*p = column{name: string(name)}
		}
		return d.places[place].name
	}
	s := string(name)
	if place < mostNames {
		d.places = append(d.places, column{name: s})
	}
	return s
}

// note counts a value of another type than wanted.
func (d *decoder) note(column string, how fit) {
	if how != wrong {
		return
	}
	if d.wrong == nil {
		d.wrong = map[string]int{}
	}
	d.wrong[column]++
}

// keep remembers a column that had a value.
func (d *decoder) keep(c column) {
	if !c.filled {
		return
	}
	if d.had == nil {
		d.had = map[string]bool{}
	}
	d.had[c.name] = true
}

// columns are what is known of all columns, by their names.
func (d *decoder) columns() (wrong map[string]int, filled map[string]bool) {
	for _, c := range d.places {
		d.keep(c)
	}
	return d.wrong, d.had
}
