"""Documents for print, filled from templates that lie beside this module."""
