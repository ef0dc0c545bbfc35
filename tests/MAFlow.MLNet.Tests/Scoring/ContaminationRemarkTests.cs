using System.Globalization;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>Where too few rows set the threshold for the share that was asked for, the log says so.</summary>
[TestClass]
public sealed class ContaminationRemarkTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly List<string> _warnings;

    public ContaminationRemarkTests() => _warnings = Warnings.Of(_context);

    [TestMethod]
    [DataRow(99, 0.01, false)]
    [DataRow(98, 0.01, true)]
    [DataRow(4, 0.2, false)]
    [DataRow(4, 0.19, true)]
    [DataRow(4, 0.0, false)]
    public void Of_n_rows_the_smallest_share_is_that_of_one_more(int rows, double contamination, bool remarks) =>
        Assert.AreEqual(remarks, ContaminationRemark.Of(Enumerable.Range(0, rows).Select(row => (float)row).Append(float.NaN), contamination) is not null);

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(54)]
    [DataRow(98)]
    [DataRow(666)]
    public void The_contamination_that_is_advised_suffices(int rows)
    {
        var scores = Enumerable.Range(0, rows).Select(row => (float)row).ToArray();
        var remark = ContaminationRemark.Of(scores, 1e-6);
        Assert.IsNotNull(remark);
        var advised = double.Parse(remark[(remark.LastIndexOf(' ') + 1)..].TrimEnd('.'), CultureInfo.InvariantCulture);
        Assert.IsNull(ContaminationRemark.Of(scores, advised));
        AnomalyThreshold.RequireContamination(advised);
        Assert.IsTrue(advised < 1.11 / (rows + 1), $"Advised {advised} for {rows} rows.");
    }

    [TestMethod]
    [DataRow(10, 0.01, "taken from 2 rows, so about 1/3 = 33 % of")]
    [DataRow(20, 0.01, "taken from 5 rows, so about 1/6 = 17 % of")]
    [DataRow(20, 0.17, null)]
    [DataRow(20, 0.0, null)]
    public void A_fit_warns_once_with_numbers_and_the_cure(int rows, double contamination, string? expected)
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options(contamination)).Fit(Tables.View(_context, rows));
        if (expected is null)
        {
            Assert.IsEmpty(_warnings);
            return;
        }

        StringAssert.Contains(_warnings.Single(), expected);
        StringAssert.Contains(_warnings.Single(), "It takes 99 such rows: give more rows, or a contamination of at least 0.");
        _warnings.Clear();
        using var cured = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options(0.34)).Fit(Tables.View(_context, rows));
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void The_estimator_that_takes_few_training_rows_warns_too()
    {
        var options = SmallFlow.Options();
        using var model = SmallFlow.Fit(options, _context, Tables.View(_context, 60));
        StringAssert.Contains(_warnings.Single(), "taken from 54 rows");
    }

    [TestMethod]
    public void Another_contamination_is_remarked_on_where_it_cannot_be_kept()
    {
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(Options(0.2)).Fit(Tables.View(_context, 20));
        using var kept = model.WithContamination(0.3);
        using var keptOfRows = model.WithContamination(0.05, Tables.View(_context, 30));
        Assert.IsEmpty(_warnings);
        using var saved = model.WithContamination(0.1);
        using var given = model.WithContamination(0.02, Tables.View(_context, 30));
        Assert.HasCount(2, _warnings);
        StringAssert.Contains(_warnings[0], "The contamination 0.1 cannot be kept: the threshold is taken from 5 rows");
        StringAssert.Contains(_warnings[1], "It takes 49 such rows");
    }

    private static MongeAmpereFlowTrainer.Options Options(double contamination) =>
        new() { MaxEpochs = 1, HiddenUnits = 8, Seed = 1, Contamination = contamination };
}
