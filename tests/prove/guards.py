"""Guards by name: where each stands, what it is when somebody takes it out, and the test that must then fail.

A mutation run asks whether *some* test notices; this table says *which* one speaks for which guard, and also reaches
what no mutation does: tables, SQL, defaults, and the order of two lines.  ``fragment`` stands exactly once in the file.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """One guard: ``fragment`` in ``path`` becomes ``without``, and ``test`` fails."""

    name: str
    path: str
    fragment: str
    without: str
    test: str


_POLICY = "tests/unit/policy"
_GATE = "tests/unit/gate"
_AUDIT = "tests/unit/audit"
_TRAPS = "tests/hostile/test_policy.py"
_SWITCH = "tests/hostile/test_stop_and_audit.py"

_DECIDING = (
    Guard(
        "what no rule speaks about is denied",
        "claw/policy/decide.py",
        'Decision("deny", None, f"no rule allows {target}")',
        'Decision("allow", None, f"no rule allows {target}")',
        f"{_POLICY}/test_decide.py::test_what_no_rule_speaks_about_is_denied_without_a_rule",
    ),
    Guard(
        "what is not in the house is denied",
        "claw/policy/decide.py",
        "if why is None and entity is None and entity_id:",
        "if False:",
        f"{_POLICY}/test_decide.py::test_an_entity_that_is_not_in_the_house_is_denied",
    ),
    Guard(
        "one denied entity denies the call",
        "claw/policy/verdicts.py",
        'if decision.effect == "deny":\n            return decision',
        'if decision.effect == "deny":\n            continue',
        f"{_POLICY}/test_decide.py::test_one_denied_entity_denies_the_call",
    ),
    Guard(
        "deny is stronger than confirm, and confirm than allow",
        "claw/policy/compiled.py",
        '{"deny": 0, "confirm": 1, "allow": 2}',
        '{"deny": 2, "confirm": 1, "allow": 0}',
        f"{_POLICY}/test_decide.py::test_deny_beats_confirm_beats_allow_in_any_order",
    ),
    Guard(
        "a yes has to satisfy every rule that asks",
        "claw/policy/verdicts.py",
        "if roles is None or channels is None:\n        return None",
        "if roles is None or channels is None:\n        return one",
        f"{_POLICY}/test_decide.py::test_confirms_that_leave_nobody_to_answer_deny",
    ),
    Guard(
        "only a signed-in person has a role",
        "claw/policy/decide.py",
        "role = self._roles.get(origin.person) if origin.authenticated else None",
        "role = self._roles.get(origin.person)",
        f"{_POLICY}/test_decide.py::test_only_a_signed_in_person_has_a_role_or_a_name",
    ),
    Guard(
        "acting on a group is acting on its members",
        "claw/policy/reach.py",
        "waiting += reversed(registry.groups.get(entity_id, ()))",
        "pass",
        f"{_POLICY}/test_decide.py::test_acting_on_a_group_is_acting_on_its_members",
    ),
    Guard(
        "a script is judged as what it sets off",
        "claw/policy/reach.py",
        "waiting += _set_off(registry, part)",
        "pass",
        f"{_TRAPS}::test_good_night_that_unlocks_waits_for_a_yes_though_its_id_is_allowed",
    ),
    Guard(
        "what sets something off needs its exact id",
        "claw/policy/conditions.py",
        "return not indirect(action) or (entity is not None and entity.meant in exact)",
        "return True",
        f"{_POLICY}/test_decide.py::test_what_sets_off_something_else_is_allowed_by_its_exact_id_only",
    ),
    Guard(
        "a renamed thing is the thing it was",
        "claw/policy/conditions.py",
        "return matches(entity.meant) or (either and matches(entity.entity_id))",
        "return matches(entity.entity_id)",
        f"{_TRAPS}::test_a_thing_renamed_to_fit_an_allowed_name_is_what_it_was",
    ),
    Guard(
        "shell commands are forbidden whatever the file says",
        "claw/policy/forbidden.py",
        '"shell_command.*",',
        "",
        f"{_POLICY}/test_decide.py::test_no_rule_lifts_what_is_forbidden",
    ),
    Guard(
        "nothing generic moves a lock",
        "claw/policy/forbidden.py",
        '("lock", "cover", "valve", "alarm_control_panel", "siren")',
        '("cover", "valve", "alarm_control_panel", "siren")',
        f"{_POLICY}/test_decide.py::test_a_generic_turn_on_never_moves_a_lock_or_cover",
    ),
    Guard(
        "text is no number",
        "claw/policy/bounds.py",
        "if isinstance(value, bool) or not isinstance(value, (int, float)):",
        "if False:",
        f"{_POLICY}/test_bounds.py::test_every_value_that_a_call_sets_is_seen",
    ),
    Guard(
        "the upper end of a range is a temperature too",
        "claw/policy/bounds.py",
        '"target_temp_high": 1.0',
        '"target_temp_hig": 1.0',
        f"{_TRAPS}::test_a_bound_holds_by_whichever_name_its_value_is_set",
    ),
    Guard(
        "brightness in percent is brightness",
        "claw/policy/bounds.py",
        '"brightness_pct": 1.0, ',
        "",
        f"{_TRAPS}::test_a_bound_holds_by_whichever_name_its_value_is_set",
    ),
    Guard(
        "a lamp that is turned on without a figure may be as bright as it can",
        "claw/policy/bounds.py",
        '"light.turn_on": _ANYWHERE',
        '"light.turn_onn": _ANYWHERE',
        f"{_TRAPS}::test_a_bound_holds_by_whichever_name_its_value_is_set",
    ),
    Guard(
        "an action is for its own domain",
        "claw/house/services.py",
        "if domain != service.domain:",
        "if False:",
        f"{_TRAPS}::test_an_action_in_disguise_is_refused",
    ),
    Guard(
        "data that an action does not take is refused",
        "claw/house/services.py",
        "if key not in service.fields:",
        "if False:",
        f"{_TRAPS}::test_a_second_target_in_the_data_is_refused",
    ),
    Guard(
        "what was done counts towards a rate",
        "claw/gate/judge.py",
        "self.acts.add(now, action, origin)",
        "pass",
        f"{_GATE}/test_carry.py::test_many_callers_at_once_do_not_slip_past_a_rate",
    ),
    Guard(
        "a plan that would bring about what must never be is refused",
        "claw/gate/judge.py",
        "if reached is not None:",
        "if False:",
        f"{_GATE}/test_breach.py::test_a_plan_that_would_bring_it_about_is_refused_whole",
    ),
    Guard(
        "what a scene reaches nobody knows how may be as it must never be",
        "claw/gate/judge.py",
        "loose |= unsure(step, things)",
        "pass",
        f"{_GATE}/test_breach.py::test_what_a_scene_or_script_may_switch_on_counts_where_it_must_never_be",
    ),
    Guard(
        "a risky act needs a signed-in person",
        "claw/gate/judge.py",
        "if risky and decision.terms is not None:",
        "if False:",
        f"{_GATE}/test_confirm.py::test_a_risky_yes_needs_a_session_whatever_the_rule_says",
    ),
    Guard(
        "a yes for a while is for the same data",
        "claw/policy/overlay.py",
        "action.name == granted.name and action.data == granted.data",
        "action.name == granted.name",
        f"{_POLICY}/test_overlay.py::test_it_covers_no_other_data",
    ),
    Guard(
        "a grant that the log does not know is none",
        "claw/policy/overlay.py",
        "(witnessed is not None and not witnessed(grant.id, digest(grant)))",
        "False",
        f"{_POLICY}/test_overlay.py::test_a_row_that_the_log_does_not_know_is_left_out",
    ),
    Guard(
        "a clock set back prolongs no grant",
        "claw/policy/overlay.py",
        " and self._clock.monotonic() < self._until[grant.id]",
        "",
        f"{_POLICY}/test_overlay.py::test_a_clock_set_back_does_not_prolong_it",
    ),
    Guard(
        "outside their hours somebody is nobody",
        "claw/gate/answering.py",
        "return person.role if person and people.counts(person, now) else None",
        "return person.role if person else None",
        f"{_GATE}/test_answering.py::test_a_person_with_hours_counts_only_in_them_and_never_where_the_time_is_unknown",
    ),
)

_ASKING = (
    Guard(
        "a question can be answered once",
        "claw/gate/confirm.py",
        'if stood != "waiting":',
        "if False:",
        f"{_GATE}/test_perform.py::test_a_no_does_nothing_and_cannot_become_a_yes",
    ),
    Guard(
        "silence is no",
        "claw/gate/confirm.py",
        'if stood == "waiting" and self._lapsed(question, expires):',
        "if False:",
        f"{_TRAPS}::test_a_yes_that_comes_late_is_none",
    ),
    Guard(
        "a clock that is set back brings no question back",
        "claw/gate/confirm.py",
        "until is not None and until <= self._clock.monotonic()",
        "False",
        f"{_GATE}/test_confirm.py::test_a_clock_set_back_brings_no_question_back_to_life",
    ),
    Guard(
        "what is answered is what was asked",
        "claw/gate/confirm.py",
        'if payload.get("digest") != hashlib.sha256(body.encode()).hexdigest():',
        "if False:",
        f"{_GATE}/test_confirm.py::test_a_question_changed_in_the_database_is_not_what_was_asked",
    ),
    Guard(
        "ten questions of one source are enough",
        "claw/gate/confirm.py",
        "MOST_OF_ONE_SOURCE = 10",
        "MOST_OF_ONE_SOURCE = 100",
        f"{_TRAPS}::test_nobody_is_buried_under_questions",
    ),
    Guard(
        "a voice says no yes",
        "claw/gate/answering.py",
        "elif channel in SILENT_CHANNELS:",
        "elif False:",
        f"{_GATE}/test_confirm.py::test_without_terms_voice_and_background_never_answer",
    ),
    Guard(
        "only whom the rule names may say yes",
        "claw/gate/answering.py",
        "if role is None or (terms.roles and role not in terms.roles):",
        "if role is None:",
        f"{_TRAPS}::test_a_yes_counts_from_those_whom_the_rule_names_once_and_no_longer",
    ),
    Guard(
        "a token is no person",
        "claw/gate/answering.py",
        "if _rank(origin.strength) < _rank(terms.strength):",
        "if False:",
        f"{_TRAPS}::test_a_yes_counts_from_those_whom_the_rule_names_once_and_no_longer",
    ),
    Guard(
        "a house that is not as it was shown voids the yes",
        "claw/gate/perform.py",
        "if now != before:",
        "if False:",
        f"{_GATE}/test_perform_edges.py::test_a_change_that_nobody_told_of_voids_the_yes_too",
    ),
    Guard(
        "a house that changes voids the question at once",
        "claw/gate/vigil.py",
        "if before is not None and before != now:",
        "if False:",
        f"{_GATE}/test_perform.py::test_a_changed_state_voids_the_question",
    ),
    Guard(
        "a thing of another name voids the yes",
        "claw/gate/perform.py",
        'if found is None or (found.registry_id or "") != thing:',
        "if False:",
        "tests/unit/gate/test_perform_edges.py::test_another_thing_in_the_same_state_voids_the_yes_though_nobody_told_of_it",
    ),
    Guard(
        "a policy that would deny by now voids the yes",
        "claw/gate/perform.py",
        "if plan.denied is not None:\n            self.questions.void(pending.id, plan.denied.why)",
        "if False:\n            self.questions.void(pending.id, plan.denied.why)",
        f"{_GATE}/test_confirm.py::test_a_policy_that_now_denies_voids_the_question",
    ),
    Guard(
        "one denial refuses the whole plan",
        "claw/gate/perform.py",
        "if plan.denied is not None:\n            return await self._refuse(plan.actions, origin, asked",
        "if False:\n            return await self._refuse(plan.actions, origin, asked",
        f"{_GATE}/test_perform.py::test_one_denied_entity_denies_the_whole_plan_and_nothing_of_it_happens",
    ),
    Guard(
        "a refusal is written",
        "claw/gate/perform.py",
        "number = await self._refusals.write(payload, origin, versions=self._judge.versions())",
        "number = self._audit.head().seq",
        f"{_TRAPS}::test_an_action_in_disguise_is_refused",
    ),
    Guard(
        "what a person read is not the person",
        "claw/gate/answering.py",
        "if origin.taint or origin.routine or origin.skill:",
        "if False:",
        f"{_GATE}/test_answering.py::test_what_a_person_read_or_set_up_is_not_the_person",
    ),
    Guard(
        "an approved run halts where the house is another",
        "claw/gate/carry.py",
        "why = self._elsewhere(plan, at, (*before, *outcomes))",
        "why = ''",
        f"{_GATE}/test_carry.py::test_an_approved_run_halts_before_a_step_that_would_find_another_house",
    ),
    Guard(
        "a program with a token proves no person",
        "claw/channels/web/session.py",
        'strength="session" if client.kind == "session" else "tap"',
        'strength="session"',
        f"{_TRAPS}::test_a_yes_counts_from_those_whom_the_rule_names_once_and_no_longer",
    ),
    Guard(
        "what Claw started neither approves nor resets",
        "claw/channels/socket.py",
        "ours=self._ours(pid, uid)",
        "ours=False",
        f"{_SWITCH}::test_what_the_daemon_started_itself_neither_resets_nor_approves",
    ),
)

_STOPPING = (
    Guard(
        "the switch is asked once more before the send",
        "claw/gate/carry.py",
        "self._stop.check((outcome.action,))",
        "pass",
        f"{_GATE}/test_perform.py::test_a_stop_between_intent_and_send_keeps_the_act_back",
    ),
    Guard(
        "a stop keeps the rest of a plan back",
        "claw/gate/carry.py",
        "if self._stop.engaged:",
        "if False:",
        f"{_GATE}/test_perform.py::test_a_stop_in_the_middle_of_a_plan_keeps_the_rest_back",
    ),
    Guard(
        "what was seen stopped stays so though the latch is taken away",
        "claw/gate/stop.py",
        "if self._flag.engaged:\n            return True",
        "if False:\n            return True",
        f"{_GATE}/test_stop.py::test_taking_the_latch_away_from_a_running_daemon_releases_nothing",
    ),
    Guard(
        "a state directory that is gone is a stop",
        "claw/gate/stop.py",
        'return StopState(engaged=True, reason="the state directory is gone", local=True)',
        "return RUNNING",
        f"{_GATE}/test_stop.py::test_a_missing_state_directory_is_engaged_and_cannot_be_reset",
    ),
    Guard(
        "a latch counts whoever wrote it",
        "claw/gate/stop.py",
        "if os.path.lexists(self._latch) or not self._latch.parent.is_dir():",
        "if not self._latch.parent.is_dir():",
        f"{_GATE}/test_stop.py::test_a_latch_written_by_somebody_else_counts_at_once_and_cuts_what_runs",
    ),
    Guard(
        "a damaged latch is a stop",
        "claw/gate/stop.py",
        'return StopState(engaged=True, reason=f"the latch {why}", local=True)',
        "return RUNNING",
        f"{_GATE}/test_stop.py::test_a_damaged_latch_is_engaged_and_only_the_console_may_reset_it",
    ),
    Guard(
        "a stop cuts what runs",
        "claw/gate/stop.py",
        "for hook in self.hooks:",
        "for hook in ():",
        f"{_GATE}/test_stop.py::test_every_stop_cuts_what_runs_however_the_one_before_ended",
    ),
    Guard(
        "a reset needs a reason",
        "claw/gate/stop.py",
        "if not reason.strip():",
        "if False:",
        f"{_SWITCH}::test_a_stop_of_the_console_is_let_go_by_nobody_on_a_page",
    ),
    Guard(
        "a stop of the console is reset at the console",
        "claw/gate/stop.py",
        "if not console and (state.local or not adult):",
        "if not console and not adult:",
        f"{_SWITCH}::test_a_stop_of_the_console_is_let_go_by_nobody_on_a_page",
    ),
    Guard(
        "what Claw started does not reset it",
        "claw/gate/children.py",
        "if descends(pid, self._pid):",
        "if False:",
        f"{_GATE}/test_children.py::test_a_child_of_the_daemon_is_its_own_and_a_stranger_is_not",
    ),
    Guard(
        "a loop that stood still may not act",
        "claw/gate/heartbeat.py",
        "if self._stale:\n            raise Refused",
        "if False:\n            raise Refused",
        f"{_GATE}/test_heartbeat.py::test_a_loop_that_stood_still_may_not_until_it_has_beaten_a_few_times",
    ),
    Guard(
        "a damaged pause is a pause",
        "claw/gate/pause.py",
        "except (OSError, ValueError, KeyError, TypeError, RecursionError):\n"
        '            return PauseState(paused=True, reason="the file of the pause is damaged")',
        "except (OSError, ValueError, KeyError, TypeError, RecursionError):\n            return GOING",
        f"{_GATE}/test_pause.py::test_a_damaged_file_is_a_pause_without_an_end",
    ),
    Guard(
        "three failed writes are a stop",
        "claw/daemon/log_watch.py",
        "FAILURES = 3",
        "FAILURES = 300",
        "tests/unit/daemon/test_log_watch.py::test_three_failed_writes_in_a_minute_engage_the_stop",
    ),
    Guard(
        "a log that does not hold is a stop",
        "claw/daemon/log_watch.py",
        "if not audit.tail_ok:",
        "if False:",
        "tests/unit/daemon/test_log_watch.py::test_a_log_that_does_not_hold_engages_the_stop_before_anything_can_act",
    ),
    Guard(
        "a permit is good once",
        "claw/base/permit.py",
        "if self._issued.pop(permit.nonce, None) is None:",
        "if False:",
        "tests/unit/base/test_permit.py::test_a_permit_is_good_for_its_action_once",
    ),
    Guard(
        "a permit is good for its action",
        "claw/base/permit.py",
        "if not hmac.compare_digest(action.digest(), permit.digest):",
        "if False:",
        "tests/unit/base/test_permit.py::test_a_permit_is_bound_to_the_action_and_its_data",
    ),
    Guard(
        "a stop voids the permits that are out and closes the house",
        "claw/daemon/stopping.py",
        "[around.permits.void, self._close_house,",
        "[",
        "tests/stories/test_stop.py::test_between_permit_and_device",
    ),
    Guard(
        "a stop kills what Claw started",
        "claw/daemon/stopping.py",
        " self._kill,",
        "",
        "tests/unit/daemon/test_stopping.py::test_registered_children_are_dead_when_the_stop_has_answered",
    ),
    Guard(
        "a daemon that does not respond moves nothing",
        "claw/daemon/stopping.py",
        "[self.heartbeat.check, self.reserve.check]",
        "[self.reserve.check]",
        "tests/unit/daemon/test_stopping.py::test_a_daemon_that_does_not_respond_moves_nothing_and_leaves_no_latch",
    ),
    Guard(
        "a pause refuses what is new",
        "claw/daemon/stopping.py",
        "switch.pauses.append(self.pause.check)",
        "pass",
        "tests/unit/channels/test_switching.py::test_a_pause_refuses_what_is_new_and_answers_questions",
    ),
    Guard(
        "a stop ends what was granted",
        "claw/gate/perform.py",
        "self._judge.overlay.end_all()",
        "pass",
        f"{_GATE}/test_confirm.py::test_a_stop_ends_what_was_granted",
    ),
)

_WRITING = (
    Guard(
        "the columns of a row are under its hash",
        "claw/audit/chain.py",
        "            and row_hash(row) == stored\n",
        "",
        f"{_AUDIT}/test_chain.py::test_any_change_of_any_column_of_any_row_is_found",
    ),
    Guard(
        "a row follows the one before",
        "claw/audit/chain.py",
        "            and row[7] == self.previous\n",
        "",
        f"{_AUDIT}/test_chain.py::test_an_edited_row_with_a_fresh_hash_is_found_at_the_next",
    ),
    Guard(
        "the numbers of rows have no gap",
        "claw/audit/chain.py",
        "row[0] == self.seq + 1\n            and ",
        "",
        f"{_AUDIT}/test_chain_edges.py::test_a_gap_in_the_numbers_is_found_though_everything_behind_it_was_hashed_anew",
    ),
    Guard(
        "a payload fits its hash",
        "claw/audit/verify.py",
        " or payload_hash(salt, body) != row[6]:",
        ":",
        f"{_AUDIT}/test_verify.py::test_one_byte_of_a_payload_is_found",
    ),
    Guard(
        "only an erased entry explains a payload that is missing",
        "claw/audit/verify.py",
        "self._bare.add(seq)",
        "pass",
        f"{_AUDIT}/test_verify.py::test_a_payload_that_went_without_an_erased_entry_is_found",
    ),
    Guard(
        "the file itself refuses to change a row",
        "claw/audit/schema.py",
        "BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'rows are never changed'); END",
        "BEFORE UPDATE ON rows BEGIN SELECT 1; END",
        f"{_AUDIT}/test_file.py::test_sql_changes_nothing_that_was_written",
    ),
    Guard(
        "the file itself refuses to remove a row",
        "claw/audit/schema.py",
        "BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'rows are never removed'); END",
        "BEFORE DELETE ON rows BEGIN SELECT 1; END",
        f"{_AUDIT}/test_file.py::test_sql_changes_nothing_that_was_written",
    ),
    Guard(
        "a checkpoint is signed with the key of the log",
        "claw/audit/prove.py",
        "elif not keys.signed(found[0]):",
        "elif False:",
        f"{_AUDIT}/test_prove.py::test_a_checkpoint_signed_with_another_key_is_found_where_it_is",
    ),
    Guard(
        "a log is held against what its witnesses have seen",
        "claw/audit/prove.py",
        "        yield from against(log, keys, one)\n",
        "",
        f"{_AUDIT}/test_prove.py::test_a_tail_that_was_cut_off_cleanly_is_what_the_witness_has_seen",
    ),
    Guard(
        "a log replaced with its key is found",
        "claw/audit/prove.py",
        "        yield from replaced(log, one)\n",
        "",
        f"{_AUDIT}/test_prove.py::test_a_log_replaced_together_with_its_key_is_found",
    ),
    Guard(
        "a log has one writer",
        "claw/store/db.py",
        "fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "pass",
        "tests/unit/daemon/test_build.py::test_a_second_daemon_on_the_same_state_is_refused_and_harms_nothing",
    ),
    Guard(
        "a witness that contradicts the log stops the house",
        "claw/audit/checkpoint.py",
        "            self._cannot_vouch(serious[0])\n",
        "            pass\n",
        f"{_AUDIT}/test_checkpoint.py::test_a_log_that_its_witness_contradicts_stops_the_house_once",
    ),
    Guard(
        "a key that others can read stops the house",
        "claw/audit/checkpoint.py",
        "if self._key.exposed:",
        "if False:",
        f"{_AUDIT}/test_checkpoint.py::test_a_key_that_others_can_read_stops_the_house_and_signs_on",
    ),
    Guard(
        "a witness that lost what it had is found",
        "claw/audit/prove.py",
        "if told > (last.size if last else 0):",
        "if False:",
        f"{_AUDIT}/test_prove.py::test_a_witness_that_lost_what_it_had_is_found",
    ),
)

_SANDBOX = "tests/unit/program"
_PROTOCOL = "tests/hostile/test_programs_protocol.py"

_SHUTTING_IN = (
    Guard(
        "a call on its way when the stop comes is not heard",
        "claw/program/session.py",
        "        if self._halted():\n            return self._crashed()",
        "        if False:\n            return self._crashed()",
        f"{_SANDBOX}/test_session.py::test_a_call_that_is_on_its_way_when_the_stop_comes_is_not_delivered",
    ),
    Guard(
        "every process of the sandbox is under the stop",
        "claw/program/sandbox.py",
        'self._register.register(pid, "sandbox")',
        "pass",
        f"{_SANDBOX}/test_sandbox.py::test_every_process_is_under_the_stop_while_it_lives",
    ),
    Guard(
        "no process of the sandbox comes up behind the stop",
        "claw/program/sandbox.py",
        "if self._closed or self._stopped():  # while",
        "if self._closed:  # while",
        f"{_SANDBOX}/test_sandbox.py::test_a_process_that_comes_up_while_the_stop_comes_is_killed_before_it_does_anything",
    ),
    Guard(
        "a process that was left in the middle is not used again",
        "claw/program/sandbox.py",
        "reuse=session.tidy",
        "reuse=True",
        f"{_SANDBOX}/test_sandbox.py::test_a_process_whose_program_ended_by_itself_is_used_again_and_no_other",
    ),
    Guard(
        "denials are counted though the program swallows them",
        "claw/program/session.py",
        "answer.denied and not self._waiting.deny()",
        "False and not self._waiting.deny()",
        f"{_PROTOCOL}::test_denials_that_are_swallowed_are_counted",
    ),
    Guard(
        "reaching for the machine counts as a denial",
        "claw/program/session.py",
        'if name not in {"import", "import_stubs"} and not self._waiting.deny():',
        "if False:",
        f"{_PROTOCOL}::test_denials_that_are_swallowed_are_counted[machine]",
    ),
    Guard(
        "a program has so many calls",
        "claw/program/session.py",
        "if not self._waiting.add(call):",
        "if self._waiting.add(call) is None:",
        f"{_PROTOCOL}::test_a_program_has_so_many_calls_and_no_more",
    ),
    Guard(
        "an argument that is no data is not delivered",
        "claw/program/session.py",
        "values: Json = outward([list(snapshot.args), dict(snapshot.kwargs)], self._known)",
        "values: Json = [list(snapshot.args), dict(snapshot.kwargs)]",
        f"{_PROTOCOL}::test_what_is_no_data_is_never_delivered",
    ),
    Guard(
        "an error loses its secrets on the way into a program",
        "claw/program/session.py",
        '"message": cleaned(answer.message)',
        '"message": answer.message',
        f"{_PROTOCOL}::test_a_secret_in_an_error_does_not_reach_the_program",
    ),
    Guard(
        "a program is looked at before it is fed",
        "claw/program/session.py",
        "        prescan(source, self._functions.functions)\n",
        "",
        f"{_SANDBOX}/test_session.py::test_a_program_that_does_not_fit_is_told_where_and_nothing_of_it_runs",
    ),
    Guard(
        "time in the sandbox has an end",
        "claw/program/sandbox.py",
        '"max_feed_duration_secs": 2.0,\n    "max_turn_duration_secs": 1.0,',
        "",
        "tests/hostile/test_programs.py::test_with_the_limits_as_shipped_a_loop_is_ended_by_itself",
    ),
    Guard(
        "in bubblewrap no file of the house is seen",
        "claw/program/confined.py",
        '"--unshare-all",',
        '"--dev-bind", "/", "/",',
        f"{_SANDBOX}/test_confined.py::test_wrapped_it_sees_no_file_of_the_house_no_process_and_no_network",
    ),
)

GUARDS = (*_DECIDING, *_ASKING, *_STOPPING, *_WRITING, *_SHUTTING_IN)
