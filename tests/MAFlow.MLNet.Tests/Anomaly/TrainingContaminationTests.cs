using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Anomalies among the training rows, whose share the trainer is told.</summary>
[TestClass]
public sealed class TrainingContaminationTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Scattered_anomalies_are_seen_better_although_they_were_there_in_training()
    {
        var random = new Random(3);
        float[] Ordinary() => [(float)((random.NextDouble() * 2) - 1), (float)((random.NextDouble() * 2) - 1)];
        float[] Anomaly() => [(float)((random.NextDouble() * 12) - 6), (float)((random.NextDouble() * 12) - 6)];
        float[][] training = [.. Enumerable.Range(0, 380).Select(_ => Ordinary()), .. Enumerable.Range(0, 20).Select(_ => Anomaly())];
        float[][] test = [.. Enumerable.Range(0, 100).Select(_ => Ordinary()), .. Enumerable.Range(0, 20).Select(_ => Anomaly())];
        double Separation(double share)
        {
            using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options
            {
                TrainingContamination = share, HiddenUnits = 16, MaxEpochs = 60, MaxSeconds = 30, Seed = 1,
            }).Fit(Tables.Vectors(training));
            var scores = model.Transform(Tables.Vectors(test)).GetColumn<float>("Score").ToArray();
            return scores[100..].Average() - scores[..100].Average();
        }

        Assert.IsGreaterThan(Separation(0), Separation(0.1));
    }

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(0.51)]
    [DataRow(double.NaN)]
    public void A_share_that_is_none_is_refused(double share)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options { TrainingContamination = share }));
        Assert.Contains("Expected a number from 0 to 0.5 for the option TrainingContamination", error.Message);
    }
}
