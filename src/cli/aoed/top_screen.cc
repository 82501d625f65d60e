// ncurses, and nothing else: what is drawn is decided in top_view.cc.
#include "cli/aoed/top_screen.h"

#include <unistd.h>

#include <cstdlib>

// After everything else: its macros have short names.
#include <curses.h>

namespace aoekit::cli {
namespace {

// ncurses keeps it until the end of the process.
SCREEN* the_terminal = nullptr;

constexpr int kEscapeWaitMs = 25;  // after ESC, for the rest of an arrow key

attr_t attributes(TopLine::Style style) {
  switch (style) {
    case TopLine::Style::plain: return A_NORMAL;
    case TopLine::Style::title: return A_BOLD;
    case TopLine::Style::heading: return A_REVERSE;
    case TopLine::Style::bad: return has_colors() ? static_cast<attr_t>(COLOR_PAIR(1)) : A_BOLD;
    case TopLine::Style::help: return has_colors() ? static_cast<attr_t>(COLOR_PAIR(2)) : A_DIM;
  }
  return A_NORMAL;
}

}  // namespace

Result<std::unique_ptr<TopScreen>> TopScreen::open() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    return fail("standard input or output is no terminal (for scripts: aoe top --once, with or without --json)");
  }
  the_terminal = ::newterm(nullptr, stdout, stdin);
  if (the_terminal == nullptr) {
    const char* type = std::getenv("TERM");
    return fail("the terminal type '{}' is not known: set TERM, or use --once", type == nullptr ? "" : type);
  }
  ::set_escdelay(kEscapeWaitMs);
  ::cbreak();
  ::noecho();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  if (has_colors()) {
    ::start_color();
    ::use_default_colors();
    ::init_pair(1, COLOR_RED, -1);
    ::init_pair(2, COLOR_CYAN, -1);
  }
  return std::unique_ptr<TopScreen>(new TopScreen);
}

TopScreen::~TopScreen() {
  ::endwin();
  ::delscreen(the_terminal);
  the_terminal = nullptr;
}

std::size_t TopScreen::width() const { return static_cast<std::size_t>(getmaxx(stdscr)); }
std::size_t TopScreen::height() const { return static_cast<std::size_t>(getmaxy(stdscr)); }

void TopScreen::draw(const std::vector<TopLine>& lines) {
  ::erase();
  int y = 0;
  for (const TopLine& line : lines) {
    const attr_t style = attributes(line.style);
    attron(style);
    mvaddnstr(y++, 0, line.text.c_str(), static_cast<int>(width()));
    attroff(style);
  }
  ::refresh();
}

std::optional<int> TopScreen::key() {
  const int key = ::getch();
  switch (key) {
    case ERR: return std::nullopt;
    case KEY_RESIZE: return 0;
    case KEY_UP: return kTopUp;
    case KEY_DOWN: return kTopDown;
    case KEY_PPAGE: return kTopPageUp;
    case KEY_NPAGE: return kTopPageDown;
    case KEY_HOME: return kTopHome;
    case KEY_BACKSPACE: case 127: case '\b': return kTopErase;
    case 27: return kTopEscape;
    case KEY_ENTER: case '\n': case '\r': return kTopEnter;
    default: return key < 128 ? key : 0;
  }
}

}  // namespace aoekit::cli
