# The screens' labels, in English.

## The product and its status line
app-name = Shanakht
app-language = اردو
app-language-name = English
app-switch-language = Change to Urdu
status-not-activated = Not activated
status-station = Station
status-online = Online
status-offline = Offline
status-offline-for = Offline for { $time }
status-paused = Sending is paused
status-queue = Queue
status-lease = Lease
status-lease-over = Lease over
status-camera-replayed = Pictures from a file
role-officer = Officer
role-supervisor = Supervisor
word-ok = Good
word-info = Note
word-attention = Attention
word-stop = Stopped
word-dismiss = Dismiss
word-back = Back
word-cancel = Cancel
word-none = None
word-yes = Yes
word-no = No

## Times
time-now = just now
time-seconds = { $n } s ago
time-minutes = { $n } min ago
time-hours = { $n } h ago
time-days = { $n ->
    [one] yesterday
   *[other] { $n } days ago
}
span-seconds = { $n } s
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n ->
    [one] 1 day
   *[other] { $n } days
}
span-hours-minutes = { $hours } h { $minutes } min
time-exact = { $day } { $month } { $year }, { $clock }
date-exact = { $day } { $month } { $year }
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
size-kilobytes = { $n } kB
size-megabytes = { $n } MB
size-gigabytes = { $n } GB

## Activation
activate-title = Activate this station
activate-intro = An administrator at headquarters gives out the address and a code that works once. Until then nothing can be enrolled here.
activate-url = Address of the centre
activate-url-hint = https://centre.example:8443
activate-code = One-time code
activate-go = Activate
activate-busy = The station is being activated…
activate-what = What happens now
activate-what-1 = This PC makes its own keys. They never leave it.
activate-what-2 = The centre sends the staff of this office, the policy and a lease.
activate-what-3 = After that everything works without the network until the lease ends.

## Sign in
signin-title = Sign in
signin-staff = Staff number
signin-passphrase = Passphrase
signin-go = Sign in
signin-busy = The key is being opened…
signin-help = The passphrase opens your key on this PC. Nobody can read it or reset it from here.
passphrase-title = New passphrase
passphrase-help = Twelve characters or more that nobody guesses: several words of your own are best. It opens your key at every station of your office, here at once, at the others with their next lease.
passphrase-old = Passphrase now
passphrase-new = New passphrase
passphrase-again = New passphrase again
passphrase-differs = Not the same as above.
passphrase-go = Change it
passphrase-keep = Leave it as it is
passphrase-busy = The key is being sealed under the new passphrase…
signin-station = This station
signin-office = Office
signin-clock = Clock
signin-clock-trusted = Right
signin-clock-set-back = Set back
signin-clock-set-forward = Far ahead
signin-camera = Camera
signin-disk = Disk
signin-disk-free = { $size } free
signin-link = Link
signin-queue = Queue
signin-queue-waiting = { $n ->
    [0] Nothing waits
    [one] 1 waits to be sent
   *[other] { $n } wait to be sent
}
signin-lease = Lease
signin-lease-until = { $span } left
signin-lease-over = Over: no new applications
signin-packets-left = { $n ->
    [one] 1 packet left
   *[other] { $n } packets left
}

## The desk
home-title = Who is next?
home-online = The link works. What is approved leaves by itself.
home-offline = Everything works without the network.
home-offline-waiting = { $n ->
    [one] Everything works without the network. 1 enrolment is sealed and leaves when the link is back.
   *[other] Everything works without the network. { $n } enrolments are sealed and leave when the link is back.
}
home-new = New enrolment
home-new-about = First card, renewal, change of details, replacement, child
home-new-time = About 90 seconds
home-new-closed = The lease is over: no new application can start. Connect the station to the centre.
home-review = Review
home-review-about = Approve, return or reject what colleagues have taken
home-review-waiting = { $n ->
    [0] Nothing waits for you
    [one] 1 waits for you
   *[other] { $n } wait for you
}
home-review-supervisors = For supervisors
home-queue = Queue
home-queue-about = What is sealed, what is on its way, what has arrived
home-queue-waiting = { $n ->
    [0] Nothing waits
    [one] 1 sealed, waiting
   *[other] { $n } sealed, waiting
}
home-drafts = Continue a draft
home-drafts-count = { $n ->
    [one] 1 sealed to you
   *[other] { $n } sealed to you
}
home-drafts-none = No drafts. What you begin is sealed after every step and waits here.
home-resume = Resume
home-correct = Correct
home-no-kind = New application
home-at-step = At: { $step }
home-today = Today
home-today-enrolled = Enrolled
home-today-first = First photograph good
home-today-refused = Ended by refusal
home-today-approved = Approved
home-today-settled = Received by the centre
home-oldest = Oldest waits for { $span }
home-in-review = In review
home-outbox = Sealed, waiting
home-settled = At the centre
nav-review = Review
nav-queue = Queue
nav-station = Station
nav-desk = Desk
nav-lock = Lock
nav-print-slip = Print the slip

## The application
work-step = step { $n } of { $of }
work-new = New application
work-saved = Draft sealed { $time }
work-unsaved = Not sealed yet
work-missing = Still missing
work-missing-none = Nothing is missing. Check and sign.
work-next-missing = Next missing
work-kept = What is kept
work-kept-text = At this station only you can open this draft. It is sealed again after every step; pressing Esc or losing power loses nothing.
work-returned = Returned by the supervisor
work-next = Next: { $step }
work-previous = Previous
work-to-desk = To the desk
work-refuses = Applicant refuses…
work-discard = Discard…
work-hand-over = Give to a colleague
work-done = done
work-open = open
work-packet = Application { $id }

kinds-title = What is asked for?
kinds-new-about = No card yet. The applicant is 18 or older.
kinds-renewal-about = The card expired or will soon.
kinds-modification-about = Name, address or another detail changes.
kinds-replacement-about = The card is lost, stolen or damaged.
kinds-child-about = Under 18, with a guardian who has a card.

details-title = Applicant
details-keyboard = Urdu keyboard
details-choose = Choose
details-optional = optional
details-hint-cnic = 36302-0004512-4
details-hint-born = dd/mm/yyyy
details-hint-phone = 0300-1234567

consent-title = Consent
consent-read = Read this aloud, or let the applicant read it.
consent-text-1 = Your details and your photograph are taken for your identity card and checked against the national record.
consent-text-2 = They are sealed on this computer, sent only to the central store of the authority, and then deleted here. Nobody at this office can open them afterwards.
consent-text-3 = You may see what is recorded, have mistakes corrected, and refuse. If you refuse you will be told which other way there is.
consent-text-4 = Do you agree?
consent-text-guardian = You answer for the child as the guardian.
consent-give = The applicant has heard this and agrees
consent-give-guardian = The guardian has heard this and agrees for the child
consent-given = Consent is recorded
consent-version = Text version { $n }

exceptions-title = Does the photograph have to allow for something?
exceptions-about = Choose what is true. Nobody is turned away for it; the reason is recorded. Leave empty if nothing applies.
exceptions-none = Nothing to allow for

check-title = Check with the applicant, then sign
check-photo-missing = No photograph yet
check-consent = Consent
check-consent-given = Given
check-consent-missing = Not given
check-exceptions = Exceptions
check-photo = Photograph
check-photo-good = All checks hold
check-photo-reason = Taken with a reason: { $reason }
check-sign = Sign and hand over
check-signing = It is being sealed and signed…
check-about = Signing seals the packet to the centre and a copy to the supervisors. The draft is then destroyed.

dialog-refuse-title = Why does the applicant refuse?
dialog-refuse-about = The application ends and is counted. Details and pictures are destroyed; nothing is sent. Tell the applicant which other way there is.
dialog-refuse-go = End the application
dialog-discard-title = Discard this application?
dialog-discard-about = The draft with its details and photograph is destroyed. This cannot be undone.
dialog-discard-go = Discard
dialog-hand-over-title = Give this draft to a colleague?
dialog-hand-over-about = It is sealed to them: only they can open it then, not you.
dialog-hand-over-go = Give it to them
dialog-write-medium-title = Write what waits to a stick?
dialog-write-medium-about = Everything stays here too, until the centre's receipt comes back.
dialog-write-medium-go = Write
dialog-read-medium-title = Read the centre's answers from a stick?
dialog-read-medium-about = Receipts, lease and answers for this station, and packets of other stations, which then leave from here. Each is checked before it counts.
dialog-read-medium-go = Read
dialog-medium-none = No stick is plugged in. Plug one in; it appears here.
dialog-keep = Keep it

## The photograph
photo-title = Photograph
photo-try = try { $n } of { $of }
photo-hide = Hide picture
photo-show = Show picture
photo-hidden = The picture is hidden. Guidance goes on; speak the instructions.
photo-take = Take now
photo-take-reason = Take now with a reason…
photo-auto = Taken by itself when all checks hold
photo-later = Later
photo-burst = Hold still: { $n } of { $of }
photo-working = The best picture is being chosen…
photo-captured = Best shot
photo-captured-about = In memory only. It is sealed when you keep it.
photo-kept = Kept
photo-kept-about = Sealed into the draft.
photo-keep = Keep this picture
photo-retake = Retake
photo-clauses = Portrait rules that do not hold
photo-clauses-none = All portrait rules hold
photo-reason = Taken with a reason: { $reason }
photo-waiting = Waiting for the camera
photo-camera-help = Capture starts by itself when pictures arrive. You may go on with the other steps.
photo-picture = Live picture
photo-portrait = Portrait
photo-oval-ready = The face is in place
photo-oval-wait = The face is not in place yet
photo-not-assessed = not assessed
photo-holds = holds
photo-fails = does not hold
photo-replayed = Replayed pictures, not a camera
photo-reason-title = Why is it taken although a check does not hold?
photo-reason-about = The reason goes to the supervisor with the picture.
photo-reason-go = Take it
photo-camera = { $name }, { $width }×{ $height }, { $rate }/s

challenge-title = Living person
challenge-about = Speak each instruction aloud. The order is drawn anew each time.
challenge-done = { $n } of { $of } movements done
challenge-passed = A living person was seen
challenge-failed = Not shown
challenge-vouched = You vouch for the applicant; it is recorded
challenge-failed-about = Begin again, say what the applicant cannot do, or take the picture with a reason.
challenge-tries-over-about = No tries are left. Say what the applicant cannot do, or take the picture with a reason; a supervisor looks at it.
challenge-begin = Begin again
challenge-other-way = Cannot do this…
vouch-title = What can the applicant not do?
vouch-about = The answer is recorded, and a supervisor looks at it. Nobody is turned away.
vouch-go = Go on
vouch-cannot-move-head = Turn or bow the head
vouch-cannot-close-eyes = Close the eyes: other movements are asked for
vouch-cannot-follow = Follow what is asked (a child, an illness)
vouch-cannot-other = Something else
review-challenge-live = Movements followed as asked
review-challenge-not-live = The movements were not a living person's
review-challenge-undecided = The movements did not show a living person
review-challenge-cancelled = The movements were broken off
review-challenge-alternative = The officer vouches; the applicant cannot: { $reason }
review-challenge-none = No movements were asked for
review-challenge-steps = { $n } of { $of }

## Review
review-title = Review
review-waiting = { $n ->
    [0] nothing waits
    [one] 1 waiting
   *[other] { $n } waiting, riskiest first
}
review-none = Nothing waits for review. What colleagues submit appears here.
review-choose = Choose an application on the list. Its details are opened for you alone and closed again when you leave.
review-open = Open
review-own = { $n ->
    [one] 1 more is your own work: another supervisor reviews it
   *[other] { $n } more are your own work: another supervisor reviews them
}
review-only-supervisors = Only supervisors review. Sign in as a supervisor to open these.
review-at-station = at station { $station }
review-all-good = all checks passed
review-details = Details
review-evidence = Evidence
review-officer = Officer
review-taken = Taken
review-portrait = Portrait
review-burst = Burst
review-burst-of = Picture { $n } of { $of }
review-zoom = Zoom
review-quality = Quality: { $n } components assessed
review-quality-good = all hold
review-quality-short = { $n ->
    [one] 1 below
   *[other] { $n } below
}
review-least = { $value } of at least { $least }
review-living = Living person, passive evidence
review-living-flagged = Living person: must be looked at
review-living-frames = { $n } frames
review-camera = Camera: { $name }
review-camera-unknown = Camera not known to policy: { $name }
review-replayed = Replayed pictures, not a camera
review-with-reason = Taken with a reason: { $reason }
review-attempt = Kept at try { $n }
review-consent = Consent, text version { $n }
review-consent-guardian = Consent by the guardian, text version { $n }
review-exception = Exception: { $name }
review-approve = Approve and sign
review-return = Return for correction…
review-reject = Reject…
review-deciding = The decision is being signed…
review-close = Close
dialog-return-title = What is to be corrected?
dialog-return-about = The application goes back to its officer as a draft with this reason.
dialog-return-go = Return it
dialog-reject-title = Why is it rejected?
dialog-reject-about = The application ends. Nothing is sent; the reason is kept in the audit log.
dialog-reject-go = Reject it

## The queue
queue-title = Queue
queue-about = Sealed packets leave in this order. A packet is deleted here only when the centre has signed for it.
queue-none = Nothing waits. What is approved appears here until the centre has signed for it.
queue-packet = Packet
queue-kind = Kind
queue-stage = State
queue-size = Size
queue-progress = Sent
queue-since = Since
queue-why = Waits because
queue-drafts = Drafts
queue-in-review = In review
queue-outbox = Sealed, waiting
queue-settled = At the centre
queue-carried = For other stations
queue-closed = Ended here
queue-retry = Try now
queue-write-medium = To a stick
queue-read-medium = From a stick
queue-pause = Pause sending
queue-resume = Resume sending
queue-rate = { $rate } a second
queue-remaining = about { $span } left
queue-oldest = Oldest waits for { $span }
answers-title = { $n ->
    [one] The centre looks into { $n } packet
   *[other] The centre looks into { $n } packets
}
answers-show = From the centre
answers-about = They are kept at the centre. The packet's number is on the applicant's slip.
queue-link = Link
queue-sending = Being sent
queue-next = In turn

## The station
station-title = Station
station-this = This station
station-office = Office
station-id = Station
station-centre = Centre
station-policy = Policy version
station-lease = Lease until
station-packets = Packets left
station-lease-number = Lease number
station-lease-extend = Extend the lease
station-second-copy = Second copy
second-copy-none = None
second-copy-in-step = Kept
second-copy-owed = { $n ->
    [one] 1 file behind
   *[other] { $n } files behind
}
second-copy-absent = Its disk is absent
second-copy-ending = Ends when its disk is there
dialog-extend-title = Extend the lease by a code?
dialog-extend-about = Call the centre and read out station { $station }, permission number { $number }. Type or scan the code that they give you. It works once.
dialog-extend-used-about = This permission was extended before. Ask the centre for a newer one on a stick.
dialog-extend-field = Code
dialog-extend-go = Extend
dialog-second-copy-title = Keep a second sealed copy on another disk?
dialog-second-copy-about = Everything sealed is kept there too, for the day on which this disk dies. Type a folder on another built-in disk.
dialog-second-copy-field = Folder
dialog-second-copy-go = Keep it there
dialog-second-copy-end-title = Keep no second copy any more?
dialog-second-copy-end-about = What lies on the second disk is removed, now or when the disk is there again. Everything here is kept.
dialog-second-copy-end-go = End it
station-disk = Disk free
station-clock = Clock
station-camera = Camera
station-camera-now = In use
station-camera-none = No camera found. Plug one in and look again.
station-camera-any = The best camera there is
station-camera-choose = Use
station-camera-refresh = Look again
station-camera-trusted = Known to policy
station-camera-untrusted = Not known to policy
station-replay-allowed = Replayed pictures may be submitted here
station-replay-forbidden = Replayed pictures may not be submitted
station-look = Language and look
station-language = Language
station-theme = Look
theme-system = As the PC
theme-light = Light
theme-dark = Dark
theme-contrast-light = High contrast, light
theme-contrast-dark = High contrast, dark

## Missing items and keys of single steps
work-correct-field = Correct: { $field }
work-empty-fields = { $n ->
    [one] 1 field is empty
   *[other] { $n } fields are empty
}
consent-record = Record the consent

## The window as a whole
keys-hint = F12 changes the language. Tab goes to the next control; every act has its key on its button.
stopped-title = This station cannot work now
stopped-rescue = Save what can be read and go on
stopped-rescue-note = What can be read goes into a new store. The damaged file is kept, never deleted.

## The camera in one or two words
short-camera-live = Camera ready
short-camera-starting = Camera is starting
short-camera-missing = No camera
short-camera-busy = Camera in use elsewhere
short-camera-not-issued = Camera not allowed
short-camera-software = Not a real camera
short-camera-unplugged = Camera unplugged
short-camera-no-frames = Camera gives no picture
short-camera-no-answer = Camera does not answer
short-camera-no-permission = Camera not permitted
short-camera-no-usable-format = Camera not usable
short-camera-damaged-frames = Pictures damaged
short-camera-failing = Camera fault
short-camera-off = Camera is off
camera-off = The camera is off

## Review, further
review-name = Name
review-father = Father
review-address = Address
review-phone = Mobile
review-guardian = Guardian
review-open-first = Open the first
review-next = Next one
review-more-flags = { $n ->
    [one] and 1 more
   *[other] and { $n } more
}

## Quality components (ISO/IEC 29794-5) as people say them
component-SingleFacePresent = Only one face
component-InterEyeDistance = Distance between the eyes
component-HeadPoseYaw = Head turned to a side
component-HeadPosePitch = Head up or down
component-HeadPoseRoll = Head tilted
component-EyesOpen = Eyes open
component-MouthClosed = Mouth closed
component-IlluminationUniformity = Light even on both sides
component-UnderExposurePrevention = Too dark
component-OverExposurePrevention = Too bright
component-DynamicRange = Range of light and dark
component-LeftwardCropOfTheFaceImage = Room to the left of the face
component-RightwardCropOfTheFaceImage = Room to the right of the face
component-exposure_in_scene = Light on the face for this room
component-sharpness_gradient = Sharpness
component-smile_width = A smile
component-eye_contrast = Eyes to be seen
component-mouth_contrast = Mouth to be seen

## The station, further
station-activation = Activation
station-activated = Activated
station-cameras = Cameras that can be used
station-locked = Locked: { $name }
station-unlock = Unlock
station-passphrase = New passphrase
station-audit = Audit log
station-audit-about = Every act is a link of a chain. The check computes the whole chain again.
station-audit-check = Check the chain
station-audit-holds = { $n ->
    [one] The chain holds: 1 act
   *[other] The chain holds: { $n } acts
}
station-audit-head = ends in { $head }, checked { $time }
station-audit-fault = The chain does not hold. Nothing was changed. Stop work and call IT.
audit-fault-row = Act { $n } was changed or follows a gap.
audit-fault-cut = Acts after number { $n } are missing.
audit-fault-head = The centre has seen an end of the chain that is not here ({ $n }).
audit-fault-store = The log could not be read to its end ({ $n }).
