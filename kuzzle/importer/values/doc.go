// Package values reads single values as databases and programs write them as text.
//
// It knows neither rows nor fields; its callers name the field of an invalid value.
package values
