//! How participants look to each other: their names and colours. Knows who is in the room, nothing of what they do.

use super::RoomState;
use crate::room::{effect::Effect, frame::Frame};
use protocol::{ParticipantId, limits::NAME_MAX_CHARACTERS, message::server::ParticipantChanged, presence::Color};

/// Colours that are told apart on dark and on light; the web client offers the same.
const COLORS: [Color; 8] = [
    Color { red: 0xe0, green: 0x6c, blue: 0x75 },
    Color { red: 0x61, green: 0xaf, blue: 0xef },
    Color { red: 0x98, green: 0xc3, blue: 0x79 },
    Color { red: 0xc6, green: 0x78, blue: 0xdd },
    Color { red: 0xd1, green: 0x9a, blue: 0x66 },
    Color { red: 0x56, green: 0xb6, blue: 0xc2 },
    Color { red: 0xe5, green: 0xc0, blue: 0x7b },
    Color { red: 0xff, green: 0x79, blue: 0xc6 },
];

impl RoomState {
    /// A name as the others are shown it.
    pub(super) fn display_name(&self, wished: &str) -> String {
        let shown: String = wished
            .chars()
            .filter(|c| !c.is_control())
            .take(self.limits.name_characters.min(NAME_MAX_CHARACTERS))
            .collect();
        let shown = shown.trim();
        if shown.is_empty() { "guest".to_owned() } else { shown.to_owned() }
    }

    /// The colour of somebody who is here or comes: the first that nobody else has of the wished one, their own, and `COLORS`. Where
    /// there is none, the wished one or their own all the same, or what the fewest have.
    pub(super) fn color_for(&self, id: ParticipantId, wished: Option<Color>) -> Color {
        let members = self.members.values().map(|member| (member.participant.id, member.participant.color));
        let plain = self.plain.iter().map(|(id, member)| (*id, member.color));
        let elsewhere = self.elsewhere().map(|participant| (participant.id, participant.color));
        let (own, others): (Vec<_>, Vec<_>) = members.chain(plain).chain(elsewhere).partition(|(of, _)| *of == id);
        let own = own.first().map(|(_, color)| *color);
        let having = |color: &Color| others.iter().filter(|(_, theirs)| theirs == color).count();
        let mut liked = wished.into_iter().chain(own).chain(COLORS);
        let free = liked.find(|color| having(color) == 0).or(wished).or(own);
        free.or_else(|| COLORS.into_iter().min_by_key(having)).unwrap_or(COLORS[0])
    }

    /// Somebody who is here says another name or colour, perhaps; the others are told where it is one.
    pub(super) fn look_as(&mut self, id: ParticipantId, name: Option<&str>, color: Option<Color>) {
        if self.set_looks(id, name, color) {
            self.tell_changed(id);
        }
    }

    /// As `look_as`, but tells nobody; true where something is different now.
    pub(super) fn set_looks(&mut self, id: ParticipantId, name: Option<&str>, color: Option<Color>) -> bool {
        let name = name.map(|name| self.display_name(name));
        let color = self.color_for(id, color);
        let Some(member) = self.members.get_mut(&id) else { return false };
        let shown = &mut member.participant;
        let before = (shown.name.clone(), shown.color);
        shown.name = name.unwrap_or_else(|| before.0.clone());
        shown.color = color;
        (&before.0, before.1) != (&shown.name, shown.color)
    }

    /// Tells the others what somebody is like now.
    pub(super) fn tell_changed(&mut self, id: ParticipantId) {
        let Some(member) = self.members.get(&id) else { return };
        let frame = Frame::new(ParticipantChanged { participant: member.participant.clone() }, 256);
        self.effects.push(Effect::Broadcast { frame, except: Some(id) });
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{NOW, at, broadcasts, client, room, who},
        *,
    };
    use crate::room::effect::{ConnectionId, PairJoin};
    use protocol::{
        ServerMessage,
        message::{client::Hello, server::Welcome},
    };
    use std::{collections::HashSet, time::Duration};

    const RED: Color = COLORS[0];
    const OWN: Color = Color { red: 1, green: 2, blue: 3 };

    /// Joins under a client id of its own.
    fn come(state: &mut RoomState, id: u64, as_client: u32, name: &str, color: Option<Color>) -> Welcome {
        let hello = Hello {
            version: 1,
            min_version: None,
            client: String::new(),
            name: name.to_owned(),
            color,
            token: None,
            client_id: client(as_client),
            client_secret: String::new(),
            formerly: Vec::new(),
            documents: Vec::new(),
        };
        let (connection, participant) = (ConnectionId(id), who(id));
        let join =
            PairJoin { connection, participant, hello, version: 1, secret: [1; 32], formerly: Vec::new(), token: None };
        state.join(join).unwrap()
    }

    fn color_of(state: &RoomState, id: u64) -> Color {
        state.everybody().into_iter().find(|participant| participant.id == who(id)).unwrap().color
    }

    #[test]
    fn as_many_as_there_are_colours_have_each_their_own_whatever_they_wish_for_and_speak() {
        let mut state = room();
        for id in 1..=4 {
            come(&mut state, id, u32::try_from(id).unwrap() + 10, "p", Some(RED));
        }
        for id in 5..=7 {
            state.join_plain(who(id), NOW).unwrap();
        }
        come(&mut state, 8, 18, "p", None);
        let colors: HashSet<_> = (1..=8).map(|id| color_of(&state, id)).collect();
        assert_eq!(colors, HashSet::from(COLORS));
        assert_eq!(color_of(&state, 1), RED);
        // From there on a wish counts again, and whoever has none gets what the fewest have.
        come(&mut state, 9, 19, "p", Some(RED));
        assert_eq!(color_of(&state, 9), RED);
        come(&mut state, 10, 20, "p", None);
        assert_ne!(color_of(&state, 10), RED);
        come(&mut state, 11, 21, "p", Some(OWN));
        assert_eq!(color_of(&state, 11), OWN);
    }

    #[test]
    fn who_comes_back_is_called_as_they_say_now_and_keeps_a_colour_that_they_do_not_change() {
        let mut state = room();
        come(&mut state, 1, 11, "Ada", None);
        come(&mut state, 2, 12, "Grace", Some(RED));
        let given = color_of(&state, 2);
        assert_ne!(given, RED);
        state.take_effects();
        state.lose(who(2), Duration::ZERO, NOW);
        let welcome = come(&mut state, 3, 12, "Grace H", Some(RED));
        assert_eq!((welcome.participant, welcome.resumed), (who(2), true));
        let changed: Vec<_> = broadcasts(&mut state)
            .into_iter()
            .filter_map(|message| match message {
                ServerMessage::ParticipantChanged(changed) if !changed.participant.away => Some(changed.participant),
                _ => None,
            })
            .collect();
        let last = changed.last().unwrap();
        assert_eq!((last.name.as_str(), last.color), ("Grace H", given));
        // The wish is granted as soon as nobody else has the colour.
        state.leave(who(1));
        state.lose(who(2), Duration::ZERO, at(2_000));
        come(&mut state, 4, 12, "Grace H", Some(RED));
        assert_eq!(color_of(&state, 2), RED);
        assert!(welcome.participants.iter().any(|participant| participant.name == "Grace H"));
    }
}
