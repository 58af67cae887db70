"""What can go wrong between Heat and vtnmd, told apart by what Heat does about it."""


class VtnmdError(Exception):
    """Any of them; its text is for the user of Heat."""


class NotFound(VtnmdError):
    """It is not there, or the user may not see it."""


class Conflict(VtnmdError):
    """Somebody else holds it, refers to it, or has changed it since: trying again later may help."""


class OverLimit(VtnmdError):
    """Too many requests: trying again later helps."""


class Refused(VtnmdError):
    """vtnmd has looked at it and does not want it, or the user may not do it."""


class Unavailable(VtnmdError):
    """There was no answer, or one that says that there will be a better one later."""
