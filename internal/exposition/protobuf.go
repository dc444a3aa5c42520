package exposition

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protowire"
)

// In protobuf a family is a message of a header and of one field for each
// metric, and before it stands how long it is. So the metrics of several parts
// are those of each of them, one after the other. The numbers of the fields
// are those of client_model's metrics.proto.
const (
	familyName, familyHelp, familyType, familyMetric = 1, 2, 3, 4
	metricLabel, metricGauge, metricCounter          = 1, 2, 3
	labelName, labelValue                            = 1, 2
	valueOfKind                                      = 1 // of a gauge and of a counter
)

// protobufHeader is what stands before the metrics of a family that are so
// long.
func (m *Metric) protobufHeader(metrics int64) []byte {
	kind := dto.MetricType_GAUGE
	if m.Type == Counter {
		kind = dto.MetricType_COUNTER
	}
	var h []byte
	h = protowire.AppendString(protowire.AppendTag(h, familyName, protowire.BytesType), m.Name)
	h = protowire.AppendString(protowire.AppendTag(h, familyHelp, protowire.BytesType), m.Help)
	h = protowire.AppendVarint(protowire.AppendTag(h, familyType, protowire.VarintType), uint64(kind))
	return append(protowire.AppendVarint(nil, uint64(metrics)+uint64(len(h))), h...)
}

// converter writes the text of a metric's series as protobuf. It reads what
// this package wrote and nothing else.
type converter struct {
	metric *Metric
	out    *deflater

	begun  []byte // the beginning of a line
	labels []byte // of one series, as protobuf
	value  []byte // a label's, without escapes
}

// Write implements io.Writer.
func (c *converter) Write(text []byte) (int, error) {
	n := len(text)
	for {
		line, after, whole := bytes.Cut(text, []byte{'\n'})
		if !whole {
			c.begun = append(c.begun, text...)
			return n, nil
		}
		if len(c.begun) > 0 {
			c.begun = append(c.begun, line...)
			line = c.begun
		}
		if err := c.series(line); err != nil {
			return 0, err
		}
		c.begun = c.begun[:0]
		text = after
	}
}

func (c *converter) series(line []byte) error {
	rest, ok := bytes.CutPrefix(line, []byte(c.metric.Name+"{"))
	c.labels = c.labels[:0]
	for ok && len(rest) > 0 && rest[0] != '}' {
		if rest[0] == ',' {
			rest = rest[1:]
		}
		rest, ok = c.label(rest)
	}
	number, ended := bytes.CutPrefix(rest, []byte("} "))
	value, err := parseValue(number)
	if !ok || !ended || err != nil {
		return fmt.Errorf("%s: not a series: %.80q", c.metric.Name, line)
	}
	field := protowire.Number(metricGauge)
	if c.metric.Type == Counter {
		field = metricCounter
	}
	const valueSize = 1 + 8 // a tag and the number
	b := protowire.AppendTag(c.out.text, familyMetric, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(c.labels)+1+1+valueSize))
	b = append(b, c.labels...)
	b = protowire.AppendVarint(protowire.AppendTag(b, field, protowire.BytesType), valueSize)
	b = protowire.AppendTag(b, valueOfKind, protowire.Fixed64Type)
	c.out.text = protowire.AppendFixed64(b, math.Float64bits(value))
	c.out.spill()
	return nil
}

// label reads name="value".
func (c *converter) label(text []byte) (rest []byte, ok bool) {
	name, rest, ok := bytes.Cut(text, []byte(`="`))
	if !ok {
		return nil, false
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil, false
	}
	value := rest[:end]
	if bytes.IndexByte(value, '\\') >= 0 {
		if value, end, ok = c.unescape(rest); !ok {
			return nil, false
		}
	}
	size := 1 + protowire.SizeBytes(len(name)) + 1 + protowire.SizeBytes(len(value))
	b := protowire.AppendVarint(protowire.AppendTag(c.labels, metricLabel, protowire.BytesType), uint64(size))
	b = protowire.AppendBytes(protowire.AppendTag(b, labelName, protowire.BytesType), name)
	c.labels = protowire.AppendBytes(protowire.AppendTag(b, labelValue, protowire.BytesType), value)
	return rest[end+1:], true
}

// unescape reads a label's value up to the quote that ends it.
func (c *converter) unescape(text []byte) (value []byte, end int, ok bool) {
	c.value = c.value[:0]
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '"':
			return c.value, i, true
		case b != '\\':
			c.value = append(c.value, b)
		case i+1 == len(text):
			return nil, 0, false
		default:
			i++
			if text[i] == 'n' {
				c.value = append(c.value, '\n')
			} else {
				c.value = append(c.value, text[i])
			}
		}
	}
	return nil, 0, false
}

func parseValue(text []byte) (float64, error) {
	if len(text) == 1 && text[0] >= '0' && text[0] <= '9' { // most of them
		return float64(text[0] - '0'), nil
	}
	return strconv.ParseFloat(string(text), 64)
}
