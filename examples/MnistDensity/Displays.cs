using System.Diagnostics;
using System.Globalization;
using MAFlow.Examples;
using Spectre.Console;

namespace MnistDensity;

/// <summary>Shows work of more than a moment as a bar; as a line before and its seconds after where the output is a file or a CI
/// log.</summary>
public static class WorkDisplay
{
    /// <param name="what">What is done, without a full stop.</param>
    /// <param name="work">The work; it reports the share that is done, from 0 to 1.</param>
    public static T Show<T>(string what, Func<IProgress<double>, T> work)
    {
        if (Terminal.IsInteractive)
        {
            return ShowBar((bar, refresh) =>
            {
                bar.Description = Markup.Escape(what);
                refresh();
                return work(new Reporter<double>(share =>
                {
                    bar.Value = share;
                    refresh();
                }));
            });
        }

        Console.Write($"{what} ... ");
        var clock = Stopwatch.StartNew();
        var result = work(new Reporter<double>(_ => { }));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F1} s"));
        return result;
    }

    /// <inheritdoc cref="Show{T}"/>
    public static void Show(string what, Action<IProgress<double>> work) => Show(what, progress =>
    {
        work(progress);
        return true;
    });

    /// <summary>Runs work beside a bar from 0 to 1, drawn on the calling thread whenever the work asks for it.</summary>
    public static T ShowBar<T>(Func<ProgressTask, Action, T> work) => AnsiConsole.Progress()
        .AutoRefresh(false)
        .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(context => work(context.AddTask("starting", maxValue: 1), context.Refresh));
}

/// <summary>Shows training as a bar with the time left, and each epoch as a line that stays; the lines alone where the output is a file or
/// a CI log.</summary>
/// <param name="curve">Turns epochs into likelihoods in logit space.</param>
/// <param name="bar">The bar, or null.</param>
/// <param name="refresh">Draws the bar.</param>
public sealed class TrainingDisplay(LearningCurve curve, ProgressTask? bar, Action refresh) : IProgress<TrainingProgress>
{
    private int _remarks;

    public static T Show<T>(LearningCurve curve, Func<IProgress<TrainingProgress>, T> train)
    {
        Console.WriteLine($"Nats per image in logit space: {curve.Conditions}.");
        return Terminal.IsInteractive
            ? WorkDisplay.ShowBar((bar, refresh) => train(new TrainingDisplay(curve, bar, refresh)))
            : train(new TrainingDisplay(curve, null, () => { }));
    }

    public void Report(TrainingProgress value)
    {
        foreach (var remark in value.Remarks.Skip(_remarks))
        {
            Line(remark);
        }

        _remarks = value.Remarks.Count;
        if (value.IsRoundEnd)
        {
            Line(Describe(curve.Point(value.Current), value));
        }

        if (bar is not null)
        {
            var spent = value.Current.ElapsedSeconds;
            bar.Value = spent / Math.Max(1e-9, spent + value.Remaining.TotalSeconds);
            bar.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
                $"epoch {value.Current.Round}  {ImageLikelihood.Bits(value.Current.Loss):F3} bits/dim  {Left(value.Remaining)}"));
            refresh();
        }
    }

    private static string Describe(CurvePoint point, TrainingProgress value) => string.Create(CultureInfo.InvariantCulture,
        $"epoch {point.Epoch,3}  train {point.TrainNll:F1}  validation {point.ValidationNll:F1}  test {point.TestNll:F1}  {point.TestBitsPerDimension:F3} bits/dim  {TimeSpan.FromSeconds(value.Current.ElapsedSeconds):h\\:mm\\:ss}, {Left(value.Remaining)}");

    private static string Left(TimeSpan remaining) => remaining.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{remaining.TotalDays:F1} days left")
        : $"{remaining:h\\:mm\\:ss} left";

    private void Line(string text)
    {
        if (bar is null)
        {
            Console.WriteLine(text);
        }
        else
        {
            AnsiConsole.WriteLine(text);
        }
    }
}
