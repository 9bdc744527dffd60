// Package cache keeps documents of a collection until this process or another one writes them.
package cache
