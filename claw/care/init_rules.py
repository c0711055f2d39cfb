"""The rules that a new home begins with: those of ``policy.example.yaml``, in a form that fits any house.

They differ from the example in one thing: comfort, blinds, robots and heating are for what the household exposes to its
voice assistants, so that what comes later needs no edit.  ``@WARM@``, ``@HOT@``, ``@LOW@`` and ``@HIGH@`` are figures
of the house.
"""

SECTIONS: tuple[tuple[str, str], ...] = (
    (
        "Claw itself",
        """\
  - id: talk
    allow: [claw.notify, claw.ask, claw.speak]
    why: Claw may speak to the household
  - id: too-much-talk
    deny: claw.notify
    who: {channel: [web, cli, api, voice, screen, telegram, openai, mcp, routine, mqtt]}
    more_than: {times: 20, per: 10 min}
    why: nobody reads so many messages; what Claw itself has to say still comes
  - id: house-logbook
    allow: logbook.log
    who: {channel: system}
    why: the house's own logbook may say what Claw did
  - id: said-aloud
    allow: [assist_satellite.announce, assist_satellite.ask_question, tts.speak]
    who: {channel: system}
    why: in the rooms Claw itself speaks and asks, and nobody through it
  - id: phones
    allow: notify.mobile_app_*
    who: {channel: system}
    why: Claw itself asks and tells on the household's phones, and nobody through it
  - id: look
    allow: claw.read
    why: looking something up changes nothing
  - id: whereabouts
    allow: claw.read_presence
    who: {role: [owner, adult]}
    notify: subject
    why: where somebody was is told to adults who live here, and whoever it is about hears that it was asked
  - id: think
    allow: claw.model
    why: a model only proposes, and what it proposes is judged like anything else
  - id: too-much-thinking-by-ear
    deny: claw.model
    who: {channel: [voice, screen, routine, mqtt]}
    more_than: {sum: tokens, total: 300000, per: 24 h}
    why: nobody who can be proven asks for so much
  - id: keep
    allow: [claw.remember, claw.forget]
    why: what a person tells it, Claw may keep, and must be able to forget
  - id: too-much-to-keep-by-ear
    deny: claw.remember
    who: {channel: [voice, screen, routine, mqtt]}
    more_than: {times: 20, per: 10 min}
    why: nobody who can be proven has so much to tell
  - id: forget-everything
    confirm: claw.forget_all
    who: {role: owner}
    ask: {roles: [owner], channels: [web, cli], same_chat: true}
    why: nothing brings it back
  - id: keep-outside-text
    confirm: [claw.remember, claw.forget]
    when: {tainted: true}
    ask: {roles: [owner, adult], channels: [web, cli]}
    why: text from outside suggested to keep or to forget this
  - id: routines
    allow: [claw.schedule, claw.routine_*]
    who: {role: [owner, adult, child]}
    why: a routine acts for whoever set it up and never for more than they may at that moment
  - id: routines-by-ear
    allow: [claw.schedule, claw.routine_*]
    who: {channel: [voice, screen]}
    why: what is set up by ear stays in that room and ends after a week
  - id: too-many-routines-by-ear
    deny: claw.schedule
    who: {channel: [voice, screen]}
    more_than: {times: 20, per: 1 h}
    why: nobody who can be proven has so much to set up
  - id: routines-by-themselves
    deny: [claw.schedule, claw.routine_*]
    who: {channel: [routine, mqtt]}
    why: what runs by itself sets up nothing that runs by itself
  - id: routines-outside-text
    confirm: [claw.schedule, claw.routine_*]
    when: {tainted: true}
    ask: {roles: [owner], channels: [web, cli]}
    why: text from outside the household suggested what is to happen by itself
  - id: skills
    allow: claw.skill_*
    who: {role: owner, channel: [web, cli]}
    why: what Claw may do by itself is for an owner to decide
  - id: skills-teach
    allow: [claw.skill_learn, claw.skill_disable]
    who: {role: adult, channel: [web, cli]}
    why: adults may teach it something, and turn off what it was taught
  - id: skills-outside-text
    deny: claw.skill_*
    when: {tainted: true}
    why: text from outside the household decides nothing about skills
  - id: other-tools
    confirm: mcp.*
    ask: {roles: [owner, adult], channels: [web, cli]}
    why: a tool of another program may do anything
""",
    ),
    (
        "Text that somebody else wrote had a part in it: a calendar, a mail, a title, a name",
        """\
  - id: outside-text-asks
    confirm:
      - cover.open_cover*
      - cover.close_cover*
      - cover.set_cover_*
      - climate.turn_*
      - climate.set_*_mode
      - water_heater.*
      - switch.*
      - lawn_mower.start_mowing
      - camera.disable_motion_detection
      - number.*
      - select.*
      - input_*.*
      - scene.*
      - button.*
      - notify.*
    except: {device_class: [awning, blind, curtain, shade, shutter]}
    when: {tainted: true}
    ask: {roles: [owner, adult], channels: [web, cli], strength: session}
    why: text from outside the household had a part in this
  - id: outside-text-far
    confirm: climate.set_temperature
    beyond: {temperature: @WARM@}
    when: {tainted: true}
    ask: {roles: [owner, adult], channels: [web, cli], strength: session}
    why: text from outside the household had a part in so unusual a temperature
""",
    ),
    (
        "Comfort: adults everywhere, by voice too; who stays for a while or grows up, in rooms of their own",
        """\
  - id: comfort
    allow: [light.*, fan.*, media_player.*, humidifier.*, todo.*]
    on: {exposed: true}
    who: {role: [owner, adult]}
    why: light, air, sound and lists are for everybody who lives here
  - id: counting
    allow: [timer.*, counter.*]
    who: {role: [owner, adult]}
    why: timers and counters are for everybody who lives here
  - id: comfort-by-ear
    allow: [light.*, fan.*, media_player.*, humidifier.*, todo.*]
    on: {exposed: true}
    who: {channel: [voice, screen, routine, system]}
    why: whoever stands in the room may reach its switches too
  - id: counting-by-ear
    allow: [timer.*, counter.*]
    who: {channel: [voice, screen, routine, system]}
    why: whoever stands in the room may use its timers too
  - id: unknown-plugs
    confirm: [switch.*, input_boolean.*, input_number.*, input_select.*, input_text.*, input_datetime.*]
    ask: {roles: [owner, adult], channels: [web, cli, phone], same_chat: true, grant: 30 min}
    why: what hangs on this is not known
  - id: blinds
    allow: cover.*
    on: {device_class: [awning, blind, curtain, shade, shutter], exposed: true}
    who: {role: [owner, adult]}
    why: blinds and curtains are for everybody who lives here
  - id: blinds-by-ear
    allow: cover.*
    on: {device_class: [awning, blind, curtain, shade, shutter], exposed: true}
    who: {channel: [voice, screen, routine, system]}
    why: whoever stands in the room may reach its blinds too
  - id: halt
    allow: [cover.stop_cover, cover.stop_cover_tilt, valve.stop_valve, valve.close_valve]
    why: stopping and closing water are the safe direction
  - id: too-fast-by-ear
    deny: [light.*, fan.*, media_player.*, cover.*, switch.*]
    who: {channel: [voice, screen]}
    more_than: {times: 30, per: 1 min}
    why: nobody who can be proven asks for so much at once
  - id: too-fast-by-itself
    deny: [light.*, fan.*, media_player.*, cover.*, switch.*]
    who: {channel: routine}
    more_than: {times: 200, per: 1 min}
    why: no house has so much to do by itself at once
  - id: again-and-again-by-ear
    deny: [light.*, fan.*, media_player.*, cover.*, switch.*]
    who: {channel: [voice, screen, routine]}
    more_than: {times: 10, per: 5 min, each: entity}
    why: the same thing again and again is a mistake or a game
  - id: robots
    allow: vacuum.*
    on: {exposed: true}
    why: the robot may work, come home and wait
  - id: mower-home
    allow: [lawn_mower.dock, lawn_mower.pause]
    why: standing still is the safe direction
  - id: locking
    allow: lock.lock
    why: locking is the safe direction
  - id: staying-home
    allow: [alarm_control_panel.alarm_arm_home, alarm_control_panel.alarm_arm_night]
    why: arming with people at home is the safe direction
  - id: watching
    allow: [camera.turn_on, camera.enable_motion_detection]
    why: looking after the house is the safe direction
""",
    ),
    (
        "Bounded: allowed inside limits, asked beyond them",
        """\
  - id: heating
    allow: climate.set_temperature
    on: {exposed: true}
    within: {temperature: @WARM@}
    why: an ordinary temperature
  - id: heating-far
    confirm: climate.set_temperature
    beyond: {temperature: @WARM@}
    when: {tainted: false}
    ask: {roles: [owner, adult], channels: [web, cli, phone], same_chat: true}
    why: below @LOW@ or above @HIGH@ is unusual
  - id: heating-modes
    allow: [climate.turn_*, climate.set_*_mode, climate.set_humidity]
    on: {exposed: true}
    why: modes of heating and cooling are for everybody
  - id: hot-water
    allow: water_heater.set_temperature
    on: {exposed: true}
    within: {temperature: @HOT@}
    why: hot enough against germs, cool enough not to scald
  - id: hot-water-far
    confirm: water_heater.set_temperature
    beyond: {temperature: @HOT@}
    ask: {roles: [owner, adult], channels: [web, cli, phone], same_chat: true}
    why: colder germs grow, hotter it scalds
  - id: loud
    confirm: media_player.volume_set
    beyond: {volume_level: {max: 60, unit: "%"}}
    ask: {same_chat: true}
    why: louder than 60 % is unusual
  - id: mowing
    allow: lawn_mower.start_mowing
    when: {between: [09:00, 19:00]}
    why: by day, when people can see it
  - id: mowing-late
    confirm: lawn_mower.start_mowing
    when: {between: [19:00, 09:00]}
    ask: {roles: [owner, adult], channels: [web, cli, phone], same_chat: true}
    why: it is late, and hedgehogs are out
  - id: machines
    confirm: [number.*, select.*, water_heater.set_*_mode, water_heater.turn_*]
    ask: {roles: [owner, adult], channels: [web, cli, phone], same_chat: true, grant: 30 min}
    why: settings of machines are changed on purpose
""",
    ),
    (
        "Children, guests and help: in their own rooms (see `rooms`, `hours` and `end` of people in config.yaml)",
        """\
  - id: child
    allow: [light.*, media_player.*]
    on: {exposed: true}
    who: {role: child, rooms: own}
    why: their own room is theirs
  - id: child-lists
    allow: [todo.*, timer.*]
    who: {role: child}
    why: lists and timers are for everybody
  - id: child-loud
    deny: media_player.volume_set
    who: {role: child}
    beyond: {volume_level: {max: 60, unit: "%"}}
    why: ears grow up slowly
  - id: child-late
    deny: media_player.*
    who: {role: child}
    when: {between: [21:00, 06:00]}
    why: it is late
  - id: guest
    allow: [light.*, fan.*, media_player.*]
    on: {exposed: true}
    who: {role: guest, rooms: own}
    why: guests are at home in the rooms that they were given
  - id: help
    allow: [light.*, vacuum.*]
    on: {exposed: true}
    who: {role: service, rooms: own}
    why: whoever cleans needs light, and the robot out of the way
  - id: own-blinds
    allow: cover.*
    on: {device_class: [awning, blind, curtain, shade, shutter], exposed: true}
    who: {role: [child, guest, service], rooms: own}
    why: the blinds of their own rooms
  - id: not-theirs
    deny:
      - lock.unlock
      - lock.open
      - alarm_control_panel.*
      - valve.*
      - siren.*
      - camera.*
      - climate.*
      - water_heater.*
      - lawn_mower.*
      - switch.*
      - number.*
      - select.*
      - input_*.*
      - script.*
      - scene.*
      - button.*
      - notify.*
      - mcp.*
    who: {role: [child, guest, service]}
    why: this is for the adults who live here
  - id: guest-routines
    deny: [claw.schedule, claw.routine_*]
    who: {role: [guest, service]}
    why: what happens by itself is for those who live here to set up
  - id: guest-remembers
    deny: [claw.remember, claw.forget, claw.forget_all]
    who: {role: [guest, service]}
    why: what the house remembers is for those who live in it
  - id: too-often
    deny: [light.*, fan.*, media_player.*, cover.*]
    who: {role: [child, guest, service]}
    more_than: {times: 10, per: 5 min, each: entity}
    why: the same thing again and again is a mistake or a game
""",
    ),
    (
        "Security: an adult says yes each time: on the page, at the console, on a phone of theirs",
        """\
  - id: unlocking
    confirm: [lock.unlock, lock.open]
    ask: {roles: [owner, adult], channels: [web, cli, phone], strength: session}
    why: an open lock lets anybody in
  - id: doors-and-gates
    confirm: [cover.open_cover*, cover.close_cover*, cover.set_cover_*]
    except: {device_class: [awning, blind, curtain, shade, shutter]}
    ask: {roles: [owner, adult], channels: [web, cli, phone], strength: session}
    why: this may be a garage, a gate or a door, and somebody may stand in it
  - id: alarm
    confirm:
      - alarm_control_panel.alarm_arm_away
      - alarm_control_panel.alarm_arm_vacation
      - alarm_control_panel.alarm_arm_custom_bypass
      - alarm_control_panel.alarm_disarm
    ask: {roles: [owner, adult], channels: [web, cli, phone], strength: session}
    notify: owner
    why: the alarm protects the house
  - id: water
    confirm: [valve.open_valve, valve.set_valve_position]
    ask: {roles: [owner, adult], channels: [web, cli, phone], strength: session}
    why: open water can flood a house
  - id: siren
    confirm: siren.*
    ask: {roles: [owner, adult], channels: [web, cli, phone], strength: session}
    why: the siren is for emergencies
  - id: blinding
    confirm: [camera.turn_off, camera.disable_motion_detection]
    ask: {roles: [owner, adult], channels: [web, cli, phone]}
    why: a camera that is off sees nothing
  - id: messages-out
    confirm: notify.*
    who: {role: [owner, adult]}
    ask: {roles: [owner, adult], channels: [web, cli, phone]}
    why: nobody has said whose phone this is
""",
    ),
    (
        "What sets off something else: by its exact id only",
        """\
  - id: unknown-effects
    confirm: [scene.*, script.*, button.*, input_button.*]
    ask: {roles: [owner, adult], channels: [web, cli, phone], same_chat: true}
    why: what this sets off is not known
""",
    ),
    (
        "What nobody may",
        """\
  - id: nobody-there
    deny: [lock.unlock, lock.open, alarm_control_panel.alarm_disarm, valve.open_valve, siren.turn_on]
    who: {channel: [routine, system, mqtt]}
    why: nobody is there to ask for it
  - id: outside-text
    deny: [lock.unlock, lock.open, alarm_control_panel.*, valve.*, siren.*, camera.turn_off, script.*, mcp.*]
    when: {tainted: true}
    why: text from outside the household may not move this
""",
    ),
)
