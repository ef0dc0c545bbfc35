using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Both estimators take a price on long paths, and report what the paths cost.</summary>
[TestClass]
public sealed class TransportCostTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void A_price_shortens_the_paths_of_a_transform() => Assert.IsGreaterThan(Transform(10), Transform(1e-6));

    [TestMethod]
    public void A_price_shortens_the_paths_of_an_anomaly_trainer() => Assert.IsGreaterThan(Trainer(10), Trainer(1e-6));

    [TestMethod]
    public void Without_a_price_nothing_is_measured()
    {
        Assert.IsNull(SmallFlow.Fitted.Report!.TransportCost);
    }

    [TestMethod]
    [DataRow(-1.0)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void A_price_that_is_none_is_refused(double price)
    {
        var options = SmallFlow.Options();
        options.TransportCost = price;
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallFlow.Estimator(options));
        Assert.Contains("Expected a number of at least 0 for the option TransportCost", error.Message);
    }

    private static double Transform(double price)
    {
        var options = SmallFlow.Options();
        (options.TransportCost, options.MaxEpochs) = (price, 20);
        using var model = SmallFlow.Fit(options);
        return model.Report!.TransportCost!.Value;
    }

    private double Trainer(double price)
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(
            new MongeAmpereFlowTrainer.Options { TransportCost = price, HiddenUnits = 8, MaxEpochs = 20, Seed = 1 }).Fit(Tables.View(_context, 200));
        return model.Report!.TransportCost!.Value;
    }
}
