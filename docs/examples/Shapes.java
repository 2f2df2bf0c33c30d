import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/// Draws a data set for the worked example of the guide to training: pictures of 32x32 pixels with a
/// shape in any place, size, turn and colour, under noise. A folder for each class.
///
/// java Shapes.java FOLDER [PICTURES]
final class Shapes {
  private static final int EXTENT = 32;
  private static final int USUAL_PICTURES = 500;

  private enum Kind {
    CIRCLE,
    SQUARE,
    RECTANGLE,
    TRIANGLE,
    CROSS;

    /// Within a circle of radius 1 around the origin.
    Shape outline() {
      return switch (this) {
        case CIRCLE -> new Ellipse2D.Double(-0.9, -0.9, 1.8, 1.8);
        case SQUARE -> new Rectangle2D.Double(-0.7, -0.7, 1.4, 1.4);
        case RECTANGLE -> new Rectangle2D.Double(-0.95, -0.45, 1.9, 0.9);
        case TRIANGLE -> scaled(new int[] {0, 87, -87}, new int[] {-100, 50, 50});
        case CROSS -> scaled(
            new int[] {-25, 25, 25, 95, 95, 25, 25, -25, -25, -95, -95, -25},
            new int[] {-95, -95, -25, -25, 25, 25, 95, 95, 25, 25, -25, -25});
      };
    }

    private static Shape scaled(int[] x, int[] y) {
      return AffineTransform.getScaleInstance(0.01, 0.01)
          .createTransformedShape(new Polygon(x, y, x.length));
    }
  }

  private Shapes() {}

  /// @param arguments where to write; training pictures of each class (500; a fifth as many for the
  ///   test)
  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 1) {
      System.err.println("usage: java Shapes.java FOLDER [PICTURES]");
      System.exit(2);
    }
    int pictures = arguments.length > 1 ? Integer.parseInt(arguments[1]) : USUAL_PICTURES;
    Random random = new Random(1);
    write(Path.of(arguments[0], "training"), pictures, random);
    write(Path.of(arguments[0], "test"), Math.max(pictures / 5, 1), random);
  }

  private static void write(Path folder, int pictures, Random random) throws IOException {
    for (Kind kind : Kind.values()) {
      Path ofClass = Files.createDirectories(folder.resolve(kind.name().toLowerCase()));
      for (int i = 0; i < pictures; i++) {
        ImageIO.write(
            picture(kind, random), "png", ofClass.resolve("%04d.png".formatted(i)).toFile());
      }
    }
  }

  private static BufferedImage picture(Kind kind, Random random) {
    BufferedImage image = new BufferedImage(EXTENT, EXTENT, BufferedImage.TYPE_INT_RGB);
    Graphics2D canvas = image.createGraphics();
    canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    // Light on dark or dark on light.
    boolean dark = random.nextBoolean();
    canvas.setColor(color(random, dark));
    canvas.fillRect(0, 0, EXTENT, EXTENT);
    double radius = 6 + 7 * random.nextDouble();
    double room = EXTENT - 2 * radius;
    AffineTransform place =
        AffineTransform.getTranslateInstance(
            radius + room * random.nextDouble(), radius + room * random.nextDouble());
    place.rotate(2 * Math.PI * random.nextDouble());
    place.scale(radius, radius);
    canvas.setColor(color(random, !dark));
    canvas.fill(place.createTransformedShape(kind.outline()));
    canvas.dispose();
    for (int y = 0; y < EXTENT; y++) {
      for (int x = 0; x < EXTENT; x++) {
        image.setRGB(x, y, noisy(new Color(image.getRGB(x, y)), random).getRGB());
      }
    }
    return image;
  }

  private static Color color(Random random, boolean dark) {
    int least = dark ? 0 : 156;
    return new Color(
        least + random.nextInt(100), least + random.nextInt(100), least + random.nextInt(100));
  }

  private static Color noisy(Color color, Random random) {
    return new Color(
        noisy(color.getRed(), random),
        noisy(color.getGreen(), random),
        noisy(color.getBlue(), random));
  }

  private static int noisy(int value, Random random) {
    return Math.clamp(Math.round(value + 12 * random.nextGaussian()), 0, 255);
  }
}
