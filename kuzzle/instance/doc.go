// Package instance stores facts about the whole instance for the pages and browsers of
// applications, such as their URLs and a support address. They are one document of the
// settings. None of them changes this server's behaviour; that is what settings are
// for, see package config.
package instance
