"""Heat resources for the virtual tenant networks of vtnmd."""
