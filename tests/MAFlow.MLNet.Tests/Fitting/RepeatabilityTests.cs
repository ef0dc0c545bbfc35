using CsCheck;
using Microsoft.ML;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Tests;

/// <summary>Equal seeds and data give equal models, on any load and in any process; where time runs short, a number of steps does.</summary>
[TestClass]
public sealed class RepeatabilityTests
{
    private static readonly string _spaced = string.Join("\n", Tables.Records(200).Select(row => string.Join(' ', row.Features.Select(value => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))));

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void A_seed_repeats_under_load_and_in_another_process(int threads)
    {
        set_num_threads(threads);
        var path = Path.Combine(Path.GetTempPath(), $"rows-{Guid.NewGuid():N}.txt");
        File.WriteAllText(path, _spaced);
        var quiet = Fit();
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(() => Spin(stop.Token), TaskCreationOptions.LongRunning)).ToArray();
        try
        {
            Assert.AreEqual(quiet, Fit());
        }
        finally
        {
            stop.Cancel();
            Task.WaitAll(load);
            set_num_threads(1);
        }

        // Early stopping after a few seconds on a quiet machine: time does not run short.
        Assert.DoesNotContain("TimeLimit", quiet);
        Assert.AreEqual(quiet, LoadHost.Run("fit", path, "1", $"{threads}").Trim());
        File.Delete(path);
    }

    [TestMethod]
    public void Random_small_tables_are_fitted_alike() => Gen.Select(Gen.Int[20, 80], Gen.Int[1, 5], Gen.Int[0, 1000], Gen.Int[1, 40]).Sample(
        (rows, features, seed, steps) =>
        {
            var random = new Random(seed);
            float[][] table = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, features).Select(_ => MathF.Round(random.NextSingle(), 2)).ToArray())];
            string Once(double seconds)
            {
                var options = new MongeAmpereFlowTrainer.Options { Seed = seed, MaxEpochs = 4, MaxSteps = steps, HiddenUnits = 8, MaxSeconds = seconds };
                using var model = new MLContext().AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.Vectors(table));
                return Fingerprint.Of(model, Tables.Vectors(table));
            }

            // Another limit, so that what is left of it after reading and preprocessing is another number.
            Assert.AreEqual(Once(600), Once(6000));
        }, iter: 15, threads: 1);

    [TestMethod]
    public void Steps_repeat_a_fit_that_time_has_shortened()
    {
        var context = new MLContext();
        var log = new List<string>();
        context.Log += (_, line) => log.Add(line.Message);
        var data = Tables.View(context, 5000);
        MongeAmpereFlowTrainer.Options Options() => new() { Seed = 3, HiddenUnits = 8, Depth = 4, MaxSeconds = 6, MaxEpochs = 1000 };
        using var model = context.AnomalyDetection.Trainers.MongeAmpereFlow(Options()).Fit(data);
        var report = model.Report!;
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        if (log.Any(line => line.Contains(PreprocessingContest.TooShort)))
        {
            Assert.Inconclusive("This machine is too busy to try both preprocessings.");
        }

        if (report.RepeatableSteps is not { } steps)
        {
            Assert.Contains("it cannot be repeated exactly", report.Remarks[^1]);
            Assert.Inconclusive("The load of this machine rose in the last third of the time.");
            return;
        }

        Assert.Contains(line => line.Contains($"with MaxSteps = {steps} it gives this one"), log);
        var again = Options();
        (again.MaxSteps, again.MaxSeconds) = (steps, 600);
        using var repeated = context.AnomalyDetection.Trainers.MongeAmpereFlow(again).Fit(data);
        Assert.AreEqual(Fingerprint.Of(model, data).Split(' ')[1], Fingerprint.Of(repeated, data).Split(' ')[1]);
    }

    [TestMethod]
    public void The_estimator_ends_after_so_many_steps()
    {
        var options = SmallFlow.Options();
        options.MaxSteps = 7;
        using var model = SmallFlow.Fit(options);
        Assert.AreEqual((7L, 7L), (model.Report!.Steps, model.Report.RepeatableSteps));
        options.MaxSteps = 0;
        Assert.AreEqual("MaxSteps", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallFlow.Estimator(options)).ParamName);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fits_inside_a_callers_gradient_mode_are_the_same(bool inference)
    {
        var context = new MLContext(seed: 1);
        var data = Tables.View(context, 200);
        var options = new MongeAmpereFlowTrainer.Options { Seed = 1, MaxSteps = 9, HiddenUnits = 8, ContributionsColumnName = "Contributions" };
        string[] Both()
        {
            using var trained = context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(data);
            using var fitted = SmallFlow.Fit(SmallFlow.Options(), context, data);
            var perceptron = SmallFlow.Options();
            perceptron.Potential = place => new MlpPotential(place.Dimension, [4], Activation.Softplus, place.Generator);
            using var other = SmallFlow.Fit(perceptron, context, data);
            var contributions = string.Join(' ', Tables.Column(trained.Transform(data), "Contributions").SelectMany(row => row));
            return [Fingerprint.Of(trained, data), Fingerprint.Of(fitted, data), Fingerprint.Of(other, data), contributions];
        }

        string[] inside;
        using (inference ? inference_mode() : no_grad())
        {
            inside = Both();
            Assert.IsFalse(is_grad_enabled());
            Assert.AreEqual(inference, is_inference_mode_enabled());
        }

        CollectionAssert.AreEqual(Both(), inside);
    }

    private static string Fit()
    {
        var context = new MLContext();
        var data = Tables.View(context, 200);
        // The defaults but for the limit, which no load reaches: where time really runs out, no fit repeats.
        using var model = context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Seed = 1, MaxSeconds = 1200 }).Fit(data);
        return Fingerprint.Of(model, data);
    }

    private static void Spin(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Thread.SpinWait(1000);
        }
    }
}
