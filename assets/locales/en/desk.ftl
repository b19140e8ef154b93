# What the desk tells people, in English. Each notice: what happened, what was kept, what to do.

kind-new = New card
kind-renewal = Renewal
kind-modification = Change of details
kind-replacement = Replacement
kind-child = Child registration

step-kind = Kind
step-details = Details
step-consent = Consent
step-photograph = Photograph
step-exceptions = Exceptions
step-check = Check and sign

field-name-urdu = Name (Urdu)
field-name-latin = Name (English)
field-father-urdu = Father's name (Urdu)
field-father-latin = Father's name (English)
field-cnic = CNIC number
field-born = Date of birth
field-gender = Gender
field-phone = Mobile number (optional)
field-guardian = Guardian's CNIC number
field-address = Address (Urdu)

gender-female = Female
gender-male = Male
gender-x = X

error-empty = Write something here
error-too-long = Too long for the card
error-hidden = Hidden characters that change the reading direction are not allowed; type it again
error-script = Letters of the other language; write this field in its own language
error-character = A sign or digit that does not belong here
error-cnic-digit = Digits only, such as 35202-0001234-1
error-cnic-length = A CNIC has 13 digits
error-cnic-province = No CNIC begins with this digit
error-date-form = Write day/month/year, such as 13/02/1984
error-date-no-such-day = There is no such day in that month
error-date-too-early = Too long ago
error-date-future = This day has not come yet
error-gender = Choose one
error-phone = Eleven digits beginning with 03

gap-details = Complete the details
gap-cnic = This kind needs the CNIC number
gap-gender-digit = The CNIC's last digit says another gender
gap-guardian = A child needs a guardian's CNIC number
gap-too-young = Under 18: choose child registration
gap-too-old = 18 or older: not a child registration
gap-consent = Record the consent
gap-photograph = Take the photograph

exception-head-covering = Head covering that leaves the face free
exception-eye = An eye is missing or cannot be opened
exception-head-movement = The head cannot be held straight or turned
exception-injury = Injury, bandage or medical device in the face
exception-fingerprints = Fingerprints are worn or missing
exception-held-child = Small child held by another person

reason-light = The light in the room cannot be changed
reason-condition = Lasting condition of the applicant
reason-restless = The applicant cannot hold still
reason-retries = All tries are used up
reason-camera = The only camera at hand is poor

refusal-not-present = The applicant is not present
refusal-privacy = Privacy
refusal-religion = Religious grounds
refusal-age = Too young or too frail
refusal-other = Another reason

flag-no-face = no face found
flag-override = taken with a reason
flag-quality = quality below policy
flag-liveness = liveness doubtful
flag-replayed = replayed pictures
flag-camera = unknown camera
flag-exception = exception recorded

return-portrait = The portrait must be taken again
return-name = A name is misspelt
return-details = Details do not match the documents
return-consent = Consent is not clear
return-exception = An exception is missing or wrong

reject-other-person = Not the person of the documents
reject-documents = The documents are not valid
reject-twice = Already enrolled today
reject-fraud = Suspected fraud

stage-draft = Draft
stage-in-review = In review
stage-outbox = Sealed, waiting
stage-settled = At the centre
stage-closed = Closed

check-one-face = One face, looking here
check-distance = Distance and place
check-head-straight = Head straight
check-eyes-open = Eyes open
check-mouth-closed = Mouth closed
check-light-even = Light even on both sides
check-light = Light on the face
check-sharp = Sharp

instruct-no-face = Please sit in front of the camera
instruct-one-face-only = Only one person, please
instruct-come-closer = Come a little closer
instruct-move-back = Move back a little
instruct-centre-face = Move so that your face is in the oval
instruct-more-light = More light on the face
instruct-less-light = Too bright: less light on the face
instruct-light-from-left = More light from your left
instruct-light-from-right = More light from your right
instruct-level-head = Hold your head upright
instruct-turn-left = Turn your head a little to your left
instruct-turn-right = Turn your head a little to your right
instruct-chin-up = Chin up a little
instruct-chin-down = Chin down a little
instruct-open-eyes = Open your eyes
instruct-close-mouth = Close your mouth, no smile
instruct-hold-still = Hold still
instruct-ready = Good. Hold still

challenge-look-ahead = Look straight ahead and hold still
challenge-blink = Close both eyes for a moment, then open them
challenge-turn-left = Turn your head to your left, then look ahead again
challenge-turn-right = Turn your head to your right, then look ahead again
challenge-nod = Lower your chin, then look ahead again
challenge-come-closer = Come closer to the camera
challenge-over = Done. Thank you

clause-face-centred = the face is not in the middle
clause-eyes-height = the eyes are too high or too low
clause-head-height = the head is too large or too small
clause-eye-distance = too few pixels between the eyes
clause-eyes-level = the eyes are not level
clause-inside-frame = the picture ends too close to the head
clause-no-face = no face was found

camera-live = Camera ready
camera-starting = Camera is starting
camera-missing = No camera found. Plug one in; it is used at once
camera-busy = Another program is using the camera. Close it; the camera is taken at once
camera-unplugged = The camera was unplugged. Plug it in again; nothing is lost
camera-no-frames = The camera gives no picture. Unplug it and plug it in again
camera-no-answer = The camera does not answer. Unplug it and plug it in again
camera-no-permission = This user may not use the camera. Call IT
camera-no-usable-format = This camera has no usable format. Use another one
camera-damaged-frames = The camera's pictures are damaged. Check its cable
camera-driver = The camera's driver reports a fault. Unplug it and plug it in again

notice-activated = The station is activated. Sign in to begin.
notice-submitted = Sealed and handed to review: { $id }. Nothing readable is left of the draft.
notice-approved = Approved and signed: { $id }. It leaves as soon as there is a link.
notice-returned = Sent back to the officer: { $id }. Everything typed was kept.
notice-rejected = Rejected: { $id }. Nothing was sent; the decision is recorded.
notice-discarded = The draft was destroyed. Nothing was sent.
notice-refused = The refusal is recorded. Nothing about the applicant is kept.
notice-missing = Something is still missing. The draft is kept; the list shows what to complete.
notice-no-lease = This station has no valid permission from the centre. Everything taken is kept. Connect to the network or call IT.
notice-lease-expired = The permission of this station ended on { $date }. No new application can start; everything taken is kept and will be sent. Connect to the network.
notice-lease-used = The number of applications allowed offline is used up. Everything taken is kept and will be sent. Connect to the network.
notice-clock-forward = The clock of this PC is far ahead. Nothing new can start; everything taken is kept. Set the clock right.
notice-lease-refused = A document of the centre was refused because it is older or not signed by the authority. Nothing was changed. Call IT.
notice-sign-in-first = Sign in first.
notice-unknown-staff = This staff number is not registered at this station. Check the number.
notice-wrong-passphrase = Wrong passphrase. Nothing is lost. Tries left before the lock: { $left }.
notice-wait = Wait { $seconds } seconds before the next try.
notice-locked = Locked after too many wrong tries. Drafts are kept. A supervisor or the centre must unlock it.
notice-not-in-lease = This staff number is no longer allowed to work at this station. Drafts are kept. Call the supervisor.
notice-old-key-file = The key file does not belong to the current permission. Drafts are kept. Activate the station again.
notice-key-file-damaged = The key file is damaged. Drafts are kept. Activate the station again.
notice-idle-locked = Locked because nobody was here. The open draft was sealed; sign in to go on.
notice-supervisors-only = Only supervisors review.
notice-own-work = Nobody reviews their own work. Another supervisor must decide.
notice-no-supervisor = No other supervisor belongs to this station, so nobody could review it. The draft is kept. Call the centre.
notice-officer-gone = The officer no longer works at this station; it cannot be sent back. Approve or reject it.
notice-moved-on = Somebody has already decided this application. Nothing was changed.
notice-other-officer = This draft belongs to another officer. Nothing was changed.
notice-not-addressed = This envelope is sealed to somebody else. It is kept as it is.
notice-envelope-damaged = This envelope is damaged and cannot be opened. It is kept as it is. Call IT.
notice-too-large = The pictures are too large to be sealed. The draft is kept. Take the photograph again.
notice-sealing-failed = Sealing failed. What was sealed before is kept. Try again, then restart the PC.
notice-disk-full = The disk is full. Everything sealed is kept; this last change is not saved. Free some space, then go on.
notice-disk-failed = The disk did not accept the data. Everything sealed before is kept. Stop work and call IT.
notice-store-damaged = The station's store is damaged. It was not touched; everything readable is kept. Stop work and call IT.
notice-store-in-use = The station is already open in another window. Nothing was changed. Use that window.
notice-store-newer = The store was written by a newer version. Nothing was changed. Update this station.
notice-store-refused = The store refused: { $reason }. Nothing was changed. Try again, then call IT.
notice-station-key-gone = The station's key is missing. Everything sealed is kept. Activate the station again.
notice-no-thread = The PC is out of resources. Nothing is lost. Close other programs and try again.
notice-models = The face models cannot be used: { $file }. Everything taken is kept. Install the station again.
notice-no-camera = There is no live picture. The draft is kept. Check the camera.
notice-camera-lost = The camera stopped in the middle. Nothing was taken; the draft is kept. Check the cable and try again.
notice-no-face = No face was found in the pictures. Try again, or take it with a reason.
notice-photo-failed = The photograph could not be made. The draft is kept. Try again.
notice-choose-reason = Not all checks hold. Mend what the list shows, or take it with a reason.
notice-tries-left = There are tries left. Try again first, or choose another reason.
notice-replay-refused = Replayed pictures are not allowed here. The draft is kept. Use a camera.
notice-link-alarm = The centre's answer does not fit ({ $reason }). Nothing was deleted. Tell IT.
notice-activation-code = The centre did not accept the code. Nothing was changed. Check the code; it can be used once, within 24 hours.
notice-activation-unreachable = The centre cannot be reached at this address. Nothing was changed. Check the address and the network.
notice-activation-foreign = This is not the centre: its certificate or answer is not genuine. Nothing was sent. Call IT.
notice-activation-failed = The activation did not succeed ({ $reason }). Nothing was changed. Try again, then call IT.
notice-link-not-built = This version cannot reach the centre yet. Everything sealed is kept on this station. Use it for training only.

link-online = Connected
link-offline = No connection
link-paused = Paused
wait-paused = paused
wait-supervisor = waits for a supervisor
