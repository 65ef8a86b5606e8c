// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a card has been through: /sys/kernel/debug/mtty/UUID/stats, a line a figure.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/seq_file.h>

#include "mtty.h"

#define MTTY_BEAT_MS 250 /* a simulator that runs beats within that */
#define MTTY_LOOK_MS 10

static struct dentry *mtty_debugfs;

/**
 * mtty_stats_round_trip() - count an access that was answered
 * @stats: under the bus lock
 * @ns: from the request to its answer
 */
void mtty_stats_round_trip(struct mtty_stats *stats, u64 ns)
{
	stats->round_trips[min(fls64(ns), MTTY_ROUND_TRIPS - 1)]++;
}

/* Whether the simulator runs: asks it for a heartbeat, and waits for it. */
static const char *mtty_stats_simulator(struct mtty_card *card)
{
	u32 asked, attaches;
	int i;

	if (!mtty_session_ask_beat(card, &asked, &attaches))
		return attaches ? "dead" : "none";
	for (i = 0; i < MTTY_BEAT_MS; i += MTTY_LOOK_MS) {
		if (mtty_session_has_beaten(card, asked, attaches))
			return "running";
		if (msleep_interruptible(MTTY_LOOK_MS))
			break;
	}
	return "paused";
}

static int stats_show(struct seq_file *file, void *unused)
{
	struct mtty_card *card = file->private;
	const struct mtty_stats *stats = &card->bus.stats;
	int i;

	seq_printf(file, "simulator %s\n", mtty_stats_simulator(card));
	seq_printf(file, "opened %d\n", READ_ONCE(card->opened));
	seq_printf(file, "attached %u\n", READ_ONCE(card->bus.attaches));
	seq_printf(file, "accesses %llu\n", READ_ONCE(stats->accesses));
	seq_printf(file, "spins %llu\n", READ_ONCE(stats->spins));
	seq_printf(file, "sleeps %llu\n", READ_ONCE(stats->sleeps));
	seq_printf(file, "timeouts %llu\n", READ_ONCE(stats->timeouts));
	seq_printf(file, "unanswered %llu\n", READ_ONCE(stats->unanswered));
	seq_printf(file, "interrupts %llu\n", READ_ONCE(card->intx.signals));
	for (i = 0; i < MTTY_ROUND_TRIPS; i++)
		if (READ_ONCE(stats->round_trips[i]))
			seq_printf(file, "round_trip_below_ns %llu %llu\n", BIT_ULL(i),
				   READ_ONCE(stats->round_trips[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

void mtty_stats_add_card(struct mtty_card *card)
{
	card->debugfs = debugfs_create_dir(dev_name(card->vdev.dev), mtty_debugfs);
	debugfs_create_file("stats", 0400, card->debugfs, card, &stats_fops);
}

/* Waits for whoever is reading. */
void mtty_stats_remove_card(struct mtty_card *card)
{
	debugfs_remove_recursive(card->debugfs);
}

void mtty_stats_register(void)
{
	mtty_debugfs = debugfs_create_dir("mtty", NULL);
}

void mtty_stats_unregister(void)
{
	debugfs_remove_recursive(mtty_debugfs);
}
