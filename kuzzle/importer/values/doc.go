// Package values reads single values as databases and programs write them as text.
//
// It knows neither rows nor fields; whoever asks says which value was wrong.
package values
