using System.Globalization;
using MnistDensity.Likelihoods;
using Spectre.Console;

namespace MnistDensity;

/// <summary>Shows training as a bar with the time left, and each epoch as a line that stays; the lines alone where the output is a file or a CI log.</summary>
/// <param name="curve">Turns epochs into likelihoods in logit space.</param>
/// <param name="bar">The bar, or null.</param>
/// <param name="refresh">Draws the bar.</param>
public sealed class TrainingDisplay(LearningCurve curve, ProgressTask? bar, Action refresh) : IProgress<TrainingProgress>
{
    private int _remarks;

    public static T Show<T>(LearningCurve curve, Func<IProgress<TrainingProgress>, T> train)
    {
        Console.WriteLine($"Nats per image in logit space: {curve.Conditions}.");
        return WorkDisplay.IsInteractive
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
