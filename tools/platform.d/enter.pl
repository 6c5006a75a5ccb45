# SPDX-License-Identifier: GPL-3.0-or-later
# Runs bwrap so that it is not felt: signals reach the program inside, its exit status comes back, Ctrl-C works once.
# bwrap stays between the caller and the program and does not forward signals. So they are blocked for it, and
# unblocked again inside, by this file as well ("inside" first).
use strict;
use warnings;
use POSIX qw(SIG_BLOCK SIG_SETMASK SIGINT SIGQUIT SIGTERM SIGHUP SIGUSR1 SIGUSR2);

my $signals = POSIX::SigSet->new (SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2);

if ($ARGV[0] eq 'inside')
  {
    shift;
    POSIX::sigprocmask (SIG_SETMASK, POSIX::SigSet->new);
    exec { $ARGV[0] } @ARGV or do { print STDERR "platform: $ARGV[0]: $!\n"; POSIX::_exit ($!{ENOENT} ? 127 : 126); };
  }

$^F = 1000; # pipes survive exec
pipe (my $info, my $info_in) or die "platform: $!\n";
POSIX::sigprocmask (SIG_BLOCK, $signals);
my $bwrap = fork // die "platform: $!\n";
if (!$bwrap)
  {
    close $info;
    exec 'bwrap', '--info-fd', fileno $info_in, @ARGV or do { print STDERR "platform: bwrap: $!\n"; POSIX::_exit (126); };
  }
close $info_in;
my $text = do { local $/; <$info> } // '';
my ($inside) = $text =~ /"child-pid": *(\d+)/;

for my $name (qw(TERM HUP USR1 USR2))
  {
    $SIG{$name} = sub { kill $name, $inside if $inside; };
  }
# These come from the terminal, which sends them to the program too.
$SIG{$_} = 'IGNORE' for qw(INT QUIT);
POSIX::sigprocmask (SIG_SETMASK, POSIX::SigSet->new);

while (waitpid ($bwrap, 0) != $bwrap)
  {
    last unless $!{EINTR};
  }
exit ($? & 127 ? 128 + ($? & 127) : $? >> 8);
