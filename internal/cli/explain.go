package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/prisma-exporter/prisma_exporter/internal/suggest"
)

// onlyArguments are flags that no variable sets: images and orchestrators set
// variables that look like them, such as PRISMA_EXPORTER_VERSION.
var onlyArguments = []string{"help", "help-long", "help-man", "version", "completion-bash", "completion-script-bash", "completion-script-zsh"}

// withVariables gives flags their variables.
func withVariables(app *kingpin.Application) {
	app.DefaultEnvars()
	for _, name := range onlyArguments {
		if f := app.GetFlag(name); f != nil {
			f.NoEnvar()
		}
	}
}

// variable is the environment variable of a flag.
func variable(flag string) string {
	return "PRISMA_EXPORTER_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flag))
}

// named is how an error names a flag: whoever set it may know it by its
// variable alone.
func named(flag string) string { return fmt.Sprintf("--%s (%s)", flag, variable(flag)) }

// unknownFlag is what kingpin says of a flag that there is none of.
var unknownFlag = regexp.MustCompile(`^unknown long flag '--(.+)'$`)

// explain says which flag or variable an error is about: the parser says only
// what is wrong with the value.
func explain(app *kingpin.Application, args []string, err error) error {
	flags := app.Model().Flags
	if found := unknownFlag.FindStringSubmatch(err.Error()); found != nil {
		var names []string
		for _, f := range flags {
			names = append(names, f.Name)
		}
		if s := suggest.Similar(found[1], names); s != "" {
			return fmt.Errorf("there is no flag --%s: did you mean --%s?", found[1], s)
		}
	}
	for _, f := range flags {
		if slices.Contains(onlyArguments, f.Name) {
			continue
		}
		value, given := argument(args, f)
		if !given {
			value, given = os.LookupEnv(variable(f.Name))
			given = given && value != ""
		}
		if !given {
			continue
		}
		if wrong := f.Value.Set(value); wrong != nil && strings.Contains(err.Error(), wrong.Error()) {
			return fmt.Errorf("%s: %w", named(f.Name), plain(value, wrong))
		}
	}
	return fmt.Errorf("%w; try --help", err)
}

// plain is the error of a value in words that say what to write instead, where
// the parser's error only shows how it failed.
func plain(value string, err error) error {
	var number *strconv.NumError
	switch {
	case errors.As(err, &number) && number.Func == "ParseBool":
		return fmt.Errorf("%.100q: use true or false", value)
	case errors.As(err, &number):
		return fmt.Errorf("%.100q is not a whole number: write digits only, such as 600", value)
	case strings.HasPrefix(err.Error(), "time: "):
		return fmt.Errorf("%.100q is not a duration: write it like 500ms, 30s, 5m or 2d", value)
	case strings.HasPrefix(err.Error(), "expected KEY=VALUE"):
		return fmt.Errorf("%.100q has no equals sign: --help shows how to write it", value)
	}
	if options, ok := strings.CutPrefix(err.Error(), "enum value must be one of "); ok {
		options, _, _ = strings.Cut(options, ", got ")
		return fmt.Errorf("%.100q: use one of %s", value, strings.ReplaceAll(options, ",", ", "))
	}
	return err
}

// argument is the value that the command line has for a flag.
func argument(args []string, flag *kingpin.FlagModel) (value string, ok bool) {
	for i, arg := range args {
		switch name, value, joined := strings.Cut(arg, "="); {
		case name != "--"+flag.Name:
		case joined:
			return value, true
		case i+1 < len(args) && !flag.IsBoolFlag():
			return args[i+1], true
		}
	}
	return "", false
}
