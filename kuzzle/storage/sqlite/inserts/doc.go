// Package inserts makes statements that insert several rows at once, and hands out rows in
// the numbers that there are statements for. A statement of several rows costs less
// than several of one.
package inserts
