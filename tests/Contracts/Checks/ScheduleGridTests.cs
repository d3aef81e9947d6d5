using CsCheck;
using Probes.Contracts.Checks;

namespace Probes.Tests.Contracts.Checks;

public sealed class ScheduleGridTests
{
    private static readonly Gen<ScheduleGrid> Grids =
        Gen.Select(Gen.Long[1, 200_000_000], Gen.Int[0, 1000]).Select((micros, name) => ScheduleGrid.For($"check-{name}", "eu-west", TimeSpan.FromMicroseconds(micros)));

    [Test]
    public void Counting_due_times_equals_listing_them() =>
        Gen.Select(Grids, Gen.Long[-50, 50], Gen.Long[0, 1000], Gen.Long[0, 1_000_000]).Sample((grid, start, length, shift) =>
        {
            var from = (start * grid.Interval) + shift;
            var to = from + (length * grid.Interval / 10);
            Assert.That(grid.Count(from, to), Is.EqualTo(List(grid, from, to)), $"{grid} from {from} to {to}");
        }, iter: 5000);

    [Test]
    public void Counts_of_parts_add_up_to_that_of_the_whole() =>
        Gen.Select(Grids, Gen.Long[0, 4_000_000_000_000_000], Gen.Long[0, 100_000_000_000], Gen.Long[0, 100_000_000_000]).Sample((grid, from, first, second) =>
            Assert.That(grid.Count(from, from + first) + grid.Count(from + first, from + first + second), Is.EqualTo(grid.Count(from, from + first + second))));

    [Test]
    public void A_due_time_belongs_to_the_span_it_begins_and_not_to_the_one_it_ends()
    {
        var grid = ScheduleGrid.For("shop", "eu-west", TimeSpan.FromSeconds(10));
        var due = grid.NextAfter(17_000_000_000_000_000);
        Assert.That((grid.Count(due, due + 1), grid.Count(due - 1, due), grid.Count(due, due), grid.Count(due, due - 100)), Is.EqualTo((1L, 0L, 0L, 0L)));
        Assert.That(grid.Count(due, due + TimeSpan.TicksPerDay), Is.EqualTo(8640));
    }

    private static long List(ScheduleGrid grid, long from, long to)
    {
        var count = 0L;
        for (var due = grid.NextAfter(from - 1); due < to; due += grid.Interval)
        {
            count++;
        }

        return count;
    }
}
