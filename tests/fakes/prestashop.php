<?php
/**
 * Runs the PrestaShop module with stand-ins of the classes it calls, as PrestaShop 8 declares them.
 *
 * php prestashop.php MODULE ADDRESS SECRET HOOK…: fires the hooks in their order, then ends as a
 * page does. What the shop's log was told goes to the standard error.
 */
error_reporting(E_ALL);
set_error_handler(function ($level, $message, $file, $line) {
    throw new ErrorException($message, 0, $level, $file, $line);
});
date_default_timezone_set('Indian/Reunion');
define('_PS_VERSION_', '8.2.0');
list(, $module, $address, $secret) = $argv;

class Configuration
{
    public static $kept = [];
    public static function get($key) { return self::$kept[$key] ?? false; }
    public static function updateValue($key, $value) { self::$kept[$key] = $value; return true; }
    public static function deleteByName($key) { unset(self::$kept[$key]); return true; }
}
class Tools
{
    public static $sent = [];
    public static function isSubmit($name) { return isset(self::$sent[$name]); }
    public static function getValue($name) { return self::$sent[$name] ?? false; }
}
class Module
{
    public $name, $version, $author, $tab, $bootstrap, $ps_versions_compliancy, $displayName, $description;
    public $hooks = [];
    public function __construct() {}
    public function install() { return true; }
    public function uninstall() { return true; }
    public function registerHook($name)
    {
        if (!method_exists($this, 'hook' . ucfirst($name))) { throw new LogicException("no method for $name"); }
        $this->hooks[] = $name;
        return true;
    }
    public function displayConfirmation($text) { return "<p>$text</p>"; }
}
class PrestaShopLogger
{
    public static function addLog($message, $severity = 1) { fwrite(STDERR, "$message\n"); }
}
class Validate
{
    public static function isLoadedObject($object) { return is_object($object) && $object->id; }
}
abstract class ObjectModel
{
    const ROWS = [];
    public $id;
    public function __construct($id = null)
    {
        foreach (static::ROWS[(int) $id] ?? [] as $name => $value) { $this->$name = $value; }
        $this->id = isset(static::ROWS[(int) $id]) ? (int) $id : null;
    }
}
class Customer extends ObjectModel
{
    public $email, $firstname, $lastname, $id_gender, $birthday, $newsletter = false, $newsletter_date_add, $date_add, $date_upd;
    const ROWS = [
        2 => ['email' => 'anais@boutique.test', 'firstname' => 'Anaïs', 'lastname' => "D\xc3\xa9 \xe9", 'id_gender' => '2',
            'birthday' => '1990-02-28', 'newsletter' => true, 'newsletter_date_add' => '2026-10-01 09:00:00',
            'date_add' => '2026-10-01 09:00:00', 'date_upd' => '2026-10-01 09:00:00'],
        // A guest, as the first order of someone without an account makes one.
        3 => ['email' => 'invite@boutique.test', 'firstname' => 'Noé', 'lastname' => 'Roy', 'id_gender' => 0, 'birthday' => null,
            'newsletter_date_add' => '0000-00-00 00:00:00', 'date_add' => '2026-11-02 10:00:00', 'date_upd' => '2026-11-02 10:00:00'],
    ];
}
class Address extends ObjectModel
{
    public $id_country, $address1, $address2, $postcode, $city, $phone, $phone_mobile;
    const ROWS = [5 => ['id_country' => 8, 'address1' => '3 rue des Lilas', 'address2' => null, 'postcode' => '97400',
        'city' => 'Saint-Denis', 'phone' => '', 'phone_mobile' => '0692 12 34 56'],
        6 => ['id_country' => 8, 'city' => 'Saint-Pierre', 'postcode' => '97410']];
    public static function getFirstCustomerAddressId($id_customer, $active = true) { return $id_customer == 2 ? '5' : 0; }
}
class Country
{
    public static function getIsoById($id) { return $id == 8 ? 'RE' : false; }
}
class Currency extends ObjectModel
{
    public $iso_code, $conversion_rate;
    const ROWS = [1 => ['iso_code' => 'EUR', 'conversion_rate' => 1.0], 2 => ['iso_code' => 'USD', 'conversion_rate' => 1.25]];
}
class Order extends ObjectModel
{
    public $reference, $id_customer, $id_address_invoice, $current_state, $valid, $date_add, $date_upd;
    public $total_discounts_tax_incl, $total_paid_tax_incl, $conversion_rate = 1;
    public static $slips = [];
    // One basket sent from two stocks: two orders with one reference.
    const ROWS = [
        10 => ['reference' => 'XKBKNABJK', 'id_customer' => 2, 'id_address_invoice' => 5, 'current_state' => 2, 'valid' => true,
            'date_add' => '2026-11-03 10:00:00', 'date_upd' => '2026-11-03 10:00:01', 'total_discounts_tax_incl' => '2.000000',
            'total_paid_tax_incl' => '61.800000', 'conversion_rate' => '1.000000'],
        11 => ['reference' => 'XKBKNABJK', 'id_customer' => 2, 'id_address_invoice' => 5, 'current_state' => 2, 'valid' => true,
            'date_add' => '2026-11-03 10:00:00', 'date_upd' => '2026-11-03 10:00:01', 'total_discounts_tax_incl' => '0.000000',
            'total_paid_tax_incl' => '20.000000', 'conversion_rate' => '1.000000'],
        // Paid in dollars, by a guest.
        12 => ['reference' => 'GUESTUSDX', 'id_customer' => 3, 'id_address_invoice' => 6, 'current_state' => 11, 'valid' => false,
            'date_add' => '2026-11-04 10:00:00', 'date_upd' => '2026-11-04 10:00:00', 'total_discounts_tax_incl' => '0.000000',
            'total_paid_tax_incl' => '25.000000', 'conversion_rate' => '1.250000'],
    ];
    public function getProductsDetail()
    {
        return [['product_name' => 'T-shirt colibri', 'product_reference' => 'demo_1', 'product_quantity' => '2',
            'unit_price_tax_incl' => '10.000000']];
    }
    public function getOrderSlipsCollection()
    {
        return new ArrayIterator(self::$slips[$this->id] ?? []);
    }
}
class Cart extends ObjectModel
{
    const BOTH = 3;
    public $id_customer, $id_currency, $date_upd;
    const ROWS = [
        20 => ['id_customer' => '2', 'id_currency' => '2', 'date_upd' => '2026-11-05 10:00:00'],
        21 => ['id_customer' => '0', 'id_currency' => '1', 'date_upd' => '2026-11-05 10:00:00'],
    ];
    public function getOrderTotal($with_taxes = true, $type = Cart::BOTH) { return 29.9; }
    public function getProducts($refresh = false)
    {
        return [['id_product' => '1', 'cart_quantity' => '1', 'name' => 'T-shirt colibri', 'reference' => 'demo_1']];
    }
}

require $module;
$tamis = new Tamis();
$tamis->install() || exit(3);
$tamis->hookActionCartSave(['cart' => new Cart(20)]); // before it is set up: nothing is sent
Configuration::$kept['PS_CURRENCY_DEFAULT'] = '1';
Tools::$sent = ['submitTamis' => '1', 'url' => " $address ", 'secret' => $secret];
strpos($tamis->getContent(), htmlspecialchars($secret, ENT_QUOTES)) || exit(4);
$slip = (object) ['total_products_tax_incl' => '10.000000', 'total_shipping_tax_incl' => '1.800000'];
$fired = [
    'customer' => ['ObjectCustomerUpdateAfter', ['object' => new Customer(2)]],
    'order' => ['ValidateOrder', ['order' => new Order(10), 'cart' => new Cart(20), 'customer' => new Customer(2)]],
    'second' => ['ValidateOrder', ['order' => new Order(11)]],
    'guest' => ['ValidateOrder', ['order' => new Order(12)]],
    'paid' => ['OrderStatusPostUpdate', ['id_order' => 10]],
    'slip' => ['OrderSlipAdd', ['order' => new Order(10), 'productList' => [], 'qtyList' => []]],
    'cart' => ['CartSave', ['cart' => new Cart(20)]],
    'nobody' => ['CartSave', ['cart' => new Cart(21)]],
    'erase' => ['DeleteGDPRCustomer', ['id' => 2, 'email' => 'anais@boutique.test']],
];
foreach (array_slice($argv, 4) as $name) {
    if ($name === 'slip') { Order::$slips[10] = [$slip]; }
    $tamis->{'hookAction' . $fired[$name][0]}($fired[$name][1]);
}
