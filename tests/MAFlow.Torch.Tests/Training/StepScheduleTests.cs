namespace MAFlow.Torch.Tests;

/// <summary>Progress as a function of steps, and when the clock sets the last one.</summary>
[TestClass]
public sealed class StepScheduleTests
{
    private static readonly StepSchedule _plain = new(1000, IsAnnealed: false), _annealed = new(1000, IsAnnealed: true);

    [TestMethod]
    [DataRow(1000)]
    [DataRow(5000)]
    public void WithAllStepsProgressIsTheShareOfTheSteps(long end)
    {
        foreach (var step in new long[] { 0, 1, 333, 900, 1000 })
        {
            Assert.AreEqual(step / 1000.0, _plain.Progress(step, end));
            Assert.AreEqual(step / 1000.0, _annealed.Progress(step, end));
        }
    }

    [TestMethod]
    [DataRow(false, 400, 300)]
    [DataRow(true, 450, 50)]
    [DataRow(true, 600, 450)]
    public void WithFewerStepsItGoesFasterFromThereOn(bool isAnnealed, long end, long free)
    {
        var schedule = new StepSchedule(1000, isAnnealed);
        Assert.AreEqual(free, schedule.Free(end));
        Assert.AreEqual(free / 1000.0, schedule.Progress(free, end));
        Assert.AreEqual((1 + (free / 1000.0)) / 2, schedule.Progress((free + end) / 2, end), 1e-12);
        Assert.AreEqual(1.0, schedule.Progress(end, end), 1e-12);
        for (var step = 1; step <= end; step++)
        {
            Assert.IsGreaterThan(schedule.Progress(step - 1, end), schedule.Progress(step, end));
        }
    }

    [TestMethod]
    public void TheEndIsSetAfterSeventyPercentOfATimeThatIsTooShort()
    {
        Assert.IsNull(_plain.Shortened(300, 1000, 0.69));
        Assert.AreEqual(400, _plain.Shortened(300, 1000, 0.7));
        Assert.IsNull(_plain.Shortened(301, 1000, 0.7), "The quarter is no whole number.");
        Assert.AreEqual(404, _plain.Shortened(303, 1000, 0.9));
        Assert.IsNull(_plain.Shortened(702, 1000, 0.7), "All steps end in time.");
        Assert.IsNull(_plain.Shortened(297, 400, 0.7), "Four hundred steps end in time.");
        Assert.IsNull(_plain.Shortened(303, 400, 0.99), "The rate already falls.");
        Assert.IsNull(_plain.Shortened(0, 1000, 5));
    }

    [TestMethod]
    public void WhereAnEnergyIsAnnealedTheEndIsSetEarlyOrNearTheLast()
    {
        Assert.IsNull(_annealed.Shortened(20, 1000, 0.09));
        Assert.AreEqual(180, _annealed.Shortened(20, 1000, 0.1));
        Assert.IsNull(_annealed.Shortened(60, 1000, 0.1), "More than half of the steps are in reach.");
        Assert.AreEqual(800, _annealed.Shortened(600, 1000, 0.7));
        Assert.IsNull(_annealed.Shortened(300, 1000, 0.7), "Too late for the early rule, too few for the late one.");
        // What was set is what the progress takes it for.
        Assert.AreEqual(20.0, _annealed.Free(180));
        Assert.AreEqual(600.0, _annealed.Free(800));
    }
}
