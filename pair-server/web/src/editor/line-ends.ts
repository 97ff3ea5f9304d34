// Line ends as they are: a text with CRLF has its carriage returns in the shared text, so that the editor must count them too. Each stands
// unseen at the end of its line. Knows no room.
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightSpecialChars } from "@codemirror/view";

const CARRIAGE_RETURN = 13;

/** Only a line feed ends a line; what is pasted from elsewhere comes without carriage returns. */
export const carriageReturns: Extension = [
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
  highlightSpecialChars({
    render: (code, description, placeholder) => {
      const shown = document.createElement("span");
      if (code === CARRIAGE_RETURN) return shown;
      shown.className = "cm-specialChar";
      shown.title = shown.ariaLabel = description ?? "";
      shown.textContent = placeholder;
      return shown;
    },
  }),
];
