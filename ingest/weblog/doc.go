// Package weblog reads the access logs of HTTP servers in the "combined" format (Apache, nginx and others), also with
// the X-Forwarded-For header as a further quoted field: the headers of clients become passive records.
//
// A line is
//
//	ADDR IDENT USER [DATE ZONE] "REQUEST" STATUS SIZE "REFERER" "USER-AGENT" ["X-FORWARDED-FOR"]
//
// Times are taken as they are written, without their zone, as for the logs of the other sensors. Values are not
// interpreted: escapes of the server (\" or \x22) stay as they are.
//
// The package opens no files and knows neither the database nor what is derived from records later.
package weblog
