// Package inserts makes statements that insert several rows at once, and splits rows into
// numbers for which there are statements. One statement with several rows costs less than
// several with one.
package inserts
