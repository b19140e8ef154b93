# What stands on paper, in English.

slip-title = Acknowledgement slip
slip-tracking = Tracking number
slip-name = Name of the applicant
slip-kind = Application
slip-when = Date and time
slip-where = Office and counter
slip-where-value = { $office }, counter { $station }
slip-next-title = What happens next
slip-next = A supervisor of this office checks your application. It is then sent to the national centre, which keeps it and answers. Keep this slip: with the tracking number { $tracking } this office can tell you how far it is.
slip-not-proof = This slip is not a card and proves no identity. The code holds the tracking number only.
slip-code = Code with the tracking number { $tracking }
