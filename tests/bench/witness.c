/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/XTest.h>
#include <X11/extensions/Xdamage.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

/* An outside witness of what programs show: it looks at the screen whenever the X server says that something
 * was drawn, presses keys and turns the wheel, and so measures any program in the same way.
 *
 * witness X Y WIDTH HEIGHT [PROGRAM ARGUMENT…]: the part of the screen that is looked at. Commands come by
 * standard input, one a line; each is answered by a line of JSON, times in ms:
 *
 *   start SETTLE TIMEOUT      executes PROGRAM. "first": something was drawn; "shown": 90 % of the fine
 * detail (text, dots, lines) of the settled picture stand where they stay key NAME SETTLE TIMEOUT   presses
 * and releases a key. "first", "shown" as above, of what changed scroll X Y RATE MS        turns the wheel
 * down RATE times a second there; distinct pictures, and times between click X Y                 left button
 *   idle MS                   distinct pictures while nobody touches anything
 *   shot FILE                 the picture as PPM
 *   quit                      (or end of input) ends the program
 *
 * A picture is settled when no more than 1 % of it changed for SETTLE ms. What is drawn in pieces within 3 ms
 * counts as one picture. */

#define TILE_WIDTH  16
#define TILE_HEIGHT 8
#define MERGE_US    3000
#define SHOWN       0.9

typedef struct
{
  gint64 time; /* µs, monotonic, of the last piece drawn */
  guint32 *tiles;
} Picture;

typedef struct
{
  Display *display;
  Window root;
  Damage damage;
  int damage_event;
  XImage *image;
  XShmSegmentInfo shm;
  int x, y, width, height;
  guint n_tiles;
  GArray *pictures; /* Picture */
  char **program;
  GPid pid;
} Witness;

/* --- looking --- */

static guint32
hash_tile (const Witness *self, int left, int top, gboolean *detail)
{
  guint32 hash = 2166136261u, first = 0;

  *detail = FALSE;
  for (int y = top; y < MIN (top + TILE_HEIGHT, self->height); y++)
    {
      const guint32 *line = (const guint32 *) (void *) (self->image->data + y * self->image->bytes_per_line);

      if (y == top)
        first = line[left] & 0xffffff;
      for (int x = left; x < MIN (left + TILE_WIDTH, self->width); x++)
        {
          guint32 pixel = line[x] & 0xffffff;

          *detail |= pixel != first;
          hash = (hash ^ pixel) * 16777619u;
        }
    }

  return hash;
}

static void
look (Witness *self, guint32 *tiles, gboolean *details)
{
  guint i = 0;

  XShmGetImage (self->display, self->root, self->image, self->x, self->y, AllPlanes);
  for (int y = 0; y < self->height; y += TILE_HEIGHT)
    {
      for (int x = 0; x < self->width; x += TILE_WIDTH)
        {
          gboolean detail;

          tiles[i] = hash_tile (self, x, y, &detail);
          if (details != NULL)
            details[i] = detail;
          i++;
        }
    }
}

static guint
n_different (const Witness *self, const guint32 *a, const guint32 *b)
{
  guint n = 0;

  for (guint i = 0; i < self->n_tiles; i++)
    n += a[i] != b[i];

  return n;
}

/* TRUE when something was drawn; forgets it. */
static gboolean
take_damage (Witness *self)
{
  gboolean damaged = FALSE;

  while (XPending (self->display) > 0)
    {
      XEvent event;

      XNextEvent (self->display, &event);
      damaged |= event.type == self->damage_event + XDamageNotify;
    }
  if (damaged)
    {
      XDamageSubtract (self->display, self->damage, None, None);
      XFlush (self->display);
    }

  return damaged;
}

/* Waits until something was drawn and TIME (µs), whichever is first. */
static gboolean
wait_for_damage (Witness *self, gint64 time)
{
  while (!take_damage (self))
    {
      struct pollfd fd = { ConnectionNumber (self->display), POLLIN, 0 };
      gint64 left = time - g_get_monotonic_time ();
      struct timespec timeout = { left / G_USEC_PER_SEC, (left % G_USEC_PER_SEC) * 1000 };

      if (left <= 0)
        return FALSE;
      ppoll (&fd, 1, &timeout, NULL);
    }

  return TRUE;
}

static void
clear_pictures (Witness *self)
{
  for (guint i = 0; i < self->pictures->len; i++)
    g_free (g_array_index (self->pictures, Picture, i).tiles);
  g_array_set_size (self->pictures, 0);
}

static Picture *
last_picture (Witness *self)
{
  return &g_array_index (self->pictures, Picture, self->pictures->len - 1);
}

/* Adds the picture of now if it differs from the last one; gives how much it does, 0 to 1. */
static double
add_picture (Witness *self, gint64 time)
{
  Picture picture = { time, g_new (guint32, self->n_tiles) };
  guint n = self->n_tiles;

  look (self, picture.tiles, NULL);
  if (self->pictures->len > 0)
    n = n_different (self, picture.tiles, last_picture (self)->tiles);
  if (n == 0)
    g_free (picture.tiles);
  else
    g_array_append_val (self->pictures, picture);

  return (double) n / self->n_tiles;
}

/* Adds the next picture drawn before UNTIL. Gives how much it differs, -1 when nothing was drawn. */
static double
next_picture (Witness *self, gint64 until)
{
  gint64 time;

  if (!wait_for_damage (self, until))
    return -1;
  do
    time = g_get_monotonic_time ();
  while (wait_for_damage (self, time + MERGE_US));

  return add_picture (self, time);
}

static void
begin (Witness *self)
{
  take_damage (self);
  clear_pictures (self);
  add_picture (self, g_get_monotonic_time ());
}

static gboolean
settle (Witness *self, gint64 start, gint64 settle_us, gint64 timeout_us)
{
  gint64 changed = 0, end = start + timeout_us;

  for (;;)
    {
      gint64 until = changed != 0 ? MIN (changed + settle_us, end) : end;
      double difference = next_picture (self, until);

      if (difference > 0.01 || (changed == 0 && difference > 0))
        changed = last_picture (self)->time;
      if (difference < 0)
        break;
    }

  return changed != 0 && g_get_monotonic_time () < end;
}

/* --- figures --- */

static void
print_change (Witness *self, gint64 start, gboolean settled)
{
  const Picture *before = &g_array_index (self->pictures, Picture, 0);
  const Picture *after = last_picture (self);
  g_autofree guint32 *tiles = g_new (guint32, self->n_tiles);
  g_autofree gboolean *details = g_new (gboolean, self->n_tiles);
  guint n_details = 0, shown = self->pictures->len - 1;

  /* A caret may have blinked meanwhile: what counts is what the kept picture and that of now agree upon. */
  look (self, tiles, details);
  for (guint i = 0; i < self->n_tiles; i++)
    {
      details[i] = details[i] && tiles[i] == after->tiles[i] && tiles[i] != before->tiles[i];
      n_details += details[i];
    }
  for (guint k = 1; k < self->pictures->len; k++)
    {
      const guint32 *then = g_array_index (self->pictures, Picture, k).tiles;
      guint n = 0;

      for (guint i = 0; i < self->n_tiles; i++)
        n += details[i] && then[i] == tiles[i];
      if (n >= n_details * SHOWN)
        {
          shown = k;
          break;
        }
    }

  if (self->pictures->len < 2 || n_details == 0)
    printf ("{\"error\":\"nothing was drawn\"}\n");
  else
    printf ("{\"first\":%.1f,\"shown\":%.1f,\"pictures\":%u,\"details\":%u,\"settled\":%s}\n",
            (g_array_index (self->pictures, Picture, 1).time - start) / 1000.0,
            (g_array_index (self->pictures, Picture, shown).time - start) / 1000.0, self->pictures->len - 1,
            n_details, settled ? "true" : "false");
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return *(const double *) a < *(const double *) b ? -1 : 1;
}

static void
print_pictures (Witness *self, gint64 start, gint64 end)
{
  g_autoptr (GArray) gaps = g_array_new (FALSE, FALSE, sizeof (double));
  double seconds = (end - start) / (double) G_USEC_PER_SEC;
  guint n = self->pictures->len - 1;

  for (guint i = 1; i < n; i++)
    {
      double gap = (g_array_index (self->pictures, Picture, i + 1).time -
                    g_array_index (self->pictures, Picture, i).time) /
                   1000.0;

      g_array_append_val (gaps, gap);
    }
  qsort (gaps->data, gaps->len, sizeof (double), compare);
  printf ("{\"pictures\":%u,\"per_second\":%.2f", n, n / seconds);
  if (gaps->len > 0)
    printf (",\"p50\":%.1f,\"p95\":%.1f,\"max\":%.1f", g_array_index (gaps, double, gaps->len / 2),
            g_array_index (gaps, double, gaps->len * 95 / 100), g_array_index (gaps, double, gaps->len - 1));
  printf ("}\n");
}

/* --- commands --- */

static void
do_start (Witness *self, gint64 settle_us, gint64 timeout_us)
{
  gint64 start;
  gboolean settled;

  begin (self);
  start = g_get_monotonic_time ();
  self->pid = fork ();
  if (self->pid == 0)
    {
      setpgid (0, 0);
      dup2 (STDERR_FILENO, STDOUT_FILENO);
      close (STDIN_FILENO);
      open ("/dev/null", O_RDONLY);
      execvp (self->program[0], self->program);
      _exit (127);
    }
  settled = settle (self, start, settle_us, timeout_us);
  print_change (self, start, settled);
}

static void
do_key (Witness *self, const char *name, gint64 settle_us, gint64 timeout_us)
{
  KeyCode code = XKeysymToKeycode (self->display, XStringToKeysym (name));
  gint64 start;
  gboolean settled;

  if (code == 0)
    {
      printf ("{\"error\":\"no such key\"}\n");
      return;
    }
  begin (self);
  start = g_get_monotonic_time ();
  XTestFakeKeyEvent (self->display, code, True, CurrentTime);
  XTestFakeKeyEvent (self->display, code, False, CurrentTime);
  XFlush (self->display);
  settled = settle (self, start, settle_us, timeout_us);
  print_change (self, start, settled);
}

static void
do_scroll (Witness *self, int x, int y, double rate, gint64 duration_us)
{
  gint64 start, end;
  guint n = 0;

  XTestFakeMotionEvent (self->display, -1, x, y, CurrentTime);
  XFlush (self->display);
  while (next_picture (self, g_get_monotonic_time () + 300000) >= 0)
    ;
  begin (self);
  start = g_get_monotonic_time ();
  end = start + duration_us;
  for (gint64 now = start; now < end; now = g_get_monotonic_time ())
    {
      gint64 due = start + n * G_USEC_PER_SEC / rate;

      if (now >= due)
        {
          XTestFakeButtonEvent (self->display, 5, True, CurrentTime);
          XTestFakeButtonEvent (self->display, 5, False, CurrentTime);
          XFlush (self->display);
          n++;
        }
      else
        next_picture (self, MIN (due, end));
    }
  print_pictures (self, start, g_get_monotonic_time ());
}

static void
do_click (Witness *self, int x, int y)
{
  XTestFakeMotionEvent (self->display, -1, x, y, CurrentTime);
  XTestFakeButtonEvent (self->display, 1, True, CurrentTime);
  XTestFakeButtonEvent (self->display, 1, False, 50);
  XSync (self->display, False);
  printf ("{}\n");
}

static void
do_idle (Witness *self, gint64 duration_us)
{
  gint64 start, end;

  begin (self);
  start = g_get_monotonic_time ();
  end = start + duration_us;
  while (next_picture (self, end) >= 0)
    ;
  print_pictures (self, start, end);
}

static void
do_shot (Witness *self, const char *path)
{
  FILE *file = fopen (path, "w");

  if (file == NULL)
    {
      printf ("{\"error\":\"cannot write the picture\"}\n");
      return;
    }
  XShmGetImage (self->display, self->root, self->image, self->x, self->y, AllPlanes);
  fprintf (file, "P6 %d %d 255\n", self->width, self->height);
  for (int y = 0; y < self->height; y++)
    {
      for (int x = 0; x < self->width; x++)
        {
          unsigned long pixel = XGetPixel (self->image, x, y);
          guint8 rgb[3] = { pixel >> 16, pixel >> 8, pixel };

          fwrite (rgb, 1, 3, file);
        }
    }
  fclose (file);
  printf ("{}\n");
}

/* FALSE: that was the last one. */
static gboolean
obey (Witness *self, char *line)
{
  g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
  guint n = g_strv_length (words);

  if (n == 3 && g_str_equal (words[0], "start") && self->program[0] != NULL && self->pid == 0)
    do_start (self, atoi (words[1]) * 1000, atoi (words[2]) * 1000);
  else if (n == 4 && g_str_equal (words[0], "key"))
    do_key (self, words[1], atoi (words[2]) * 1000, atoi (words[3]) * 1000);
  else if (n == 5 && g_str_equal (words[0], "scroll"))
    do_scroll (self, atoi (words[1]), atoi (words[2]), MAX (1, atoi (words[3])), atoi (words[4]) * 1000);
  else if (n == 3 && g_str_equal (words[0], "click"))
    do_click (self, atoi (words[1]), atoi (words[2]));
  else if (n == 2 && g_str_equal (words[0], "idle"))
    do_idle (self, atoi (words[1]) * 1000);
  else if (n == 2 && g_str_equal (words[0], "shot"))
    do_shot (self, words[1]);
  else if (n == 1 && g_str_equal (words[0], "quit"))
    return FALSE;
  else
    printf ("{\"error\":\"what?\"}\n");

  return TRUE;
}

/* --- */

static gboolean
open_screen (Witness *self)
{
  int error_base;

  self->display = XOpenDisplay (NULL);
  if (self->display == NULL || !XShmQueryExtension (self->display) ||
      !XDamageQueryExtension (self->display, &self->damage_event, &error_base))
    return FALSE;
  self->root = DefaultRootWindow (self->display);
  self->image = XShmCreateImage (self->display, DefaultVisual (self->display, 0), 24, ZPixmap, NULL,
                                 &self->shm, self->width, self->height);
  if (self->image == NULL || self->image->bits_per_pixel != 32)
    return FALSE;
  self->shm.shmid =
      shmget (IPC_PRIVATE, (size_t) self->image->bytes_per_line * self->height, IPC_CREAT | 0600);
  self->shm.shmaddr = self->image->data = shmat (self->shm.shmid, NULL, 0);
  XShmAttach (self->display, &self->shm);
  XSync (self->display, False);
  shmctl (self->shm.shmid, IPC_RMID, NULL);
  self->damage = XDamageCreate (self->display, self->root, XDamageReportNonEmpty);
  self->n_tiles =
      ((self->width + TILE_WIDTH - 1) / TILE_WIDTH) * ((self->height + TILE_HEIGHT - 1) / TILE_HEIGHT);
  self->pictures = g_array_new (FALSE, FALSE, sizeof (Picture));

  return TRUE;
}

static gboolean
has_ended (Witness *self, guint ms)
{
  for (guint i = 0; i <= ms; i += 10)
    {
      if (waitpid (self->pid, NULL, WNOHANG) == self->pid)
        return TRUE;
      g_usleep (10000);
    }

  return FALSE;
}

/* A window goes between its being listed and its being asked: that is no reason to end. */
static int
ignore_error (Display *display, XErrorEvent *error)
{
  return 0;
}

/* As the button in a title bar does. */
static void
close_windows (Witness *self)
{
  Atom protocols = XInternAtom (self->display, "WM_PROTOCOLS", False);
  Window root, parent, *windows = NULL;
  unsigned n = 0;

  XSetErrorHandler (ignore_error);
  XQueryTree (self->display, self->root, &root, &parent, &windows, &n);
  for (unsigned i = 0; i < n; i++)
    {
      XEvent event = { .xclient = { .type = ClientMessage,
                                    .window = windows[i],
                                    .message_type = protocols,
                                    .format = 32,
                                    .data.l = { XInternAtom (self->display, "WM_DELETE_WINDOW", False) } } };
      XWindowAttributes attributes;

      if (XGetWindowAttributes (self->display, windows[i], &attributes) &&
          attributes.map_state == IsViewable && !attributes.override_redirect)
        XSendEvent (self->display, windows[i], False, NoEventMask, &event);
    }
  if (windows != NULL)
    XFree (windows);
  XSync (self->display, False);
}

static void
end_program (Witness *self)
{
  if (self->pid == 0)
    return;
  close_windows (self);
  if (has_ended (self, 5000))
    return;
  kill (self->pid, SIGTERM);
  if (has_ended (self, 3000))
    return;
  kill (-self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);
}

int
main (int argc, char **argv)
{
  Witness self = { 0 };
  char line[1024];

  if (argc < 5)
    {
      fprintf (stderr, "witness X Y WIDTH HEIGHT [PROGRAM ARGUMENT…]\n");
      return 2;
    }
  self.x = atoi (argv[1]);
  self.y = atoi (argv[2]);
  self.width = atoi (argv[3]);
  self.height = atoi (argv[4]);
  self.program = argv + 5;
  if (!open_screen (&self))
    {
      fprintf (stderr, "witness: this display cannot be looked at.\n");
      return 1;
    }
  setvbuf (stdout, NULL, _IOLBF, 0);
  while (fgets (line, sizeof line, stdin) != NULL && obey (&self, line))
    ;
  end_program (&self);

  return 0;
}
