package cli

import "strconv"

// wholeNumber is the value of a flag. The parser's own would cut 1.5 to 1.
type wholeNumber int

// Set implements kingpin.Value.
func (n *wholeNumber) Set(text string) error {
	v, err := strconv.Atoi(text)
	*n = wholeNumber(v)
	return err
}

func (n *wholeNumber) String() string { return strconv.Itoa(int(*n)) }
